package fathom.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.List;

/// One assembled function: it takes the address of its arguments (in rdi) and returns a long (in
/// rax). Its memory is freed when it is no longer reachable.
@SuppressWarnings("restricted")
final class MachineCode {
  // Kernels run for microseconds and call nothing: a *critical* call spares the thread's change of
  // state, a third of the cost of the smallest ones.
  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
              Linker.Option.critical(false));

  private final MemorySegment code;
  private final List<String> listing;

  /// Makes what `assembler` holds runnable.
  ///
  /// @throws UnavailableException if the system refuses
  MachineCode(Assembler assembler) {
    code = ExecutableMemory.of(Arena.ofAuto(), assembler.code());
    listing = List.copyOf(assembler.listing());
  }

  long call(long arguments) {
    try {
      return (long) CALL.invokeExact(code, arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("machine code", e);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Its instructions, for debugging: bytes and text, one a line.
  List<String> listing() {
    return listing;
  }
}
