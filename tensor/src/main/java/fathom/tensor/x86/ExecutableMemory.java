package fathom.tensor.x86;

import fathom.tensor.LargeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Memory that a CPU may run: mapped writable, filled, then made executable and read-only, so that
/// it is never both; unmapped with its arena. Linux only.
@SuppressWarnings("restricted")
final class ExecutableMemory {
  private static final int READ = 1, EXECUTE = 4;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private ExecutableMemory() {}

  /// A copy of `code` that can be run as long as `arena` lives.
  ///
  /// @throws UnavailableException if the system refuses memory or the right to run it
  static MemorySegment of(Arena arena, byte[] code) {
    MemorySegment memory =
        LargeMemory.map(arena, code.length)
            .orElseThrow(() -> new UnavailableException("the system refuses memory of its own"));
    MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, 0, code.length);
    try (Arena local = Arena.ofConfined()) {
      MemorySegment errno = local.allocate(Linker.Option.captureStateLayout());
      long result =
          (long)
              function("mprotect", true, 3)
                  .invokeExact(errno, memory.address(), memory.byteSize(), (long) (READ | EXECUTE));
      if (result << 32 != 0) {
        throw refused("mprotect", errno);
      }
      return memory;
    } catch (UnavailableException e) {
      throw e;
    } catch (Throwable e) {
      throw new UnavailableException("executable memory: " + e);
    }
  }

  /// A raw system call of two arguments.
  ///
  /// @throws UnavailableException if the C library has no `syscall`
  static long systemCall(long number, long a, long b) {
    try {
      return (long) function("syscall", false, 3).invokeExact(number, a, b);
    } catch (UnavailableException e) {
      throw e;
    } catch (Throwable e) {
      throw new UnavailableException("system call " + number + ": " + e);
    }
  }

  /// A C function of longs that returns a long.
  private static MethodHandle function(String name, boolean errno, int parameters) {
    MemorySegment symbol =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnavailableException("the C library has no " + name));
    MemoryLayout[] longs = new MemoryLayout[parameters];
    java.util.Arrays.fill(longs, ValueLayout.JAVA_LONG);
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_LONG, longs);
    return errno ? LINKER.downcallHandle(symbol, type, ERRNO) : LINKER.downcallHandle(symbol, type);
  }

  private static UnavailableException refused(String call, MemorySegment errno) {
    return new UnavailableException(
        "the system refuses executable memory (%s, error %d)"
            .formatted(call, (int) ERRNO_VALUE.get(errno, 0L)));
  }
}
