package fathom.tensor.x86;

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
  private static final int READ = 1, WRITE = 2, EXECUTE = 4;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final long MAP_FAILED = -1;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private ExecutableMemory() {}

  /// A copy of `code` that can be run as long as `arena` lives.
  ///
  /// @throws UnavailableException if the system refuses memory or the right to run it
  static MemorySegment of(Arena arena, byte[] code) {
    MemorySegment memory = map(arena, code.length);
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

  /// Zeroed memory to read and write, of whole pages, that lives as long as `arena`.
  ///
  /// @throws UnavailableException if the system refuses
  static MemorySegment map(Arena arena, long size) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment errno = local.allocate(Linker.Option.captureStateLayout());
      long address =
          (long)
              function("mmap", true, 6)
                  .invokeExact(
                      errno, 0L, size, (long) (READ | WRITE), (long) PRIVATE_ANONYMOUS, -1L, 0L);
      if (address == MAP_FAILED) {
        throw refused("mmap", errno);
      }
      return MemorySegment.ofAddress(address).reinterpret(size, arena, ExecutableMemory::unmap);
    } catch (UnavailableException e) {
      throw e;
    } catch (Throwable e) {
      throw new UnavailableException("memory of %d bytes: %s".formatted(size, e));
    }
  }

  /// Tells the system how whole pages will be used (`madvise`); 0 if it listened.
  static long advise(long address, long size, long advice) {
    try {
      return (int) (long) function("madvise", false, 3).invokeExact(address, size, advice);
    } catch (Throwable e) {
      throw new UnavailableException("madvise: " + e);
    }
  }

  private static void unmap(MemorySegment memory) {
    try {
      long ignored =
          (long) function("munmap", false, 2).invokeExact(memory.address(), memory.byteSize());
    } catch (Throwable e) {
      throw new IllegalStateException("munmap", e);
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
