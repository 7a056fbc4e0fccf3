package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Optional;

/// Large pieces of zeroed memory in huge pages, so that a stream of megabytes does not look up a
/// translation every 4 KiB, which is slow everywhere and slower in virtual machines: a context of
/// 4,096 tokens of a 16B model decodes a third faster from them. Where there are none, the JDK's
/// memory serves: on other systems than Linux, where the system refuses, and in programs that were
/// started without `--enable-native-access`, which would print a warning for it.
public final class LargeMemory {
  private static final long HUGE_PAGE = 2L << 20;
  private static final long PAGE = 4096;
  private static final int ALIGNMENT = 64;

  private LargeMemory() {}

  /// Zeroed memory that lives as long as `arena`, aligned for all kernels.
  public static MemorySegment allocate(Arena arena, long bytes) {
    if (bytes < HUGE_PAGE || !LargeMemory.class.getModule().isNativeAccessEnabled()) {
      return arena.allocate(bytes, ALIGNMENT);
    }
    return map(arena, bytes + HUGE_PAGE)
        .map(all -> inHugePages(all, bytes))
        .orElseGet(() -> arena.allocate(bytes, ALIGNMENT));
  }

  /// What follows the last whole huge page stays in small ones, so that none is taken in vain.
  private static MemorySegment inHugePages(MemorySegment all, long bytes) {
    long start = (all.address() + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    Posix.advise(start, bytes / HUGE_PAGE * HUGE_PAGE, Posix.WANT_HUGE_PAGES);
    return all.asSlice(start - all.address(), bytes);
  }

  /// Zeroed memory of whole pages of its own that lives as long as `arena`; empty where the system
  /// is not Linux, or has none.
  public static Optional<MemorySegment> map(Arena arena, long bytes) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return Optional.empty();
    }
    long address = Posix.map(bytes);
    return address == Posix.MAP_FAILED
        ? Optional.empty()
        : Optional.of(Posix.segment(address, bytes, arena));
  }

  /// Gives the whole pages of a part of a mapped file back; they are read again when they are
  /// needed. Does nothing to any other memory, which would lose what it holds.
  public static void releaseMapped(MemorySegment part) {
    if (!part.isMapped() || !part.isReadOnly()) {
      return;
    }
    long start = (part.address() + PAGE - 1) / PAGE * PAGE;
    long end = (part.address() + part.byteSize()) / PAGE * PAGE;
    if (end > start) {
      Posix.advise(start, end - start, Posix.DONT_NEED);
    }
  }

  /// The C library's functions for memory.
  @SuppressWarnings("restricted")
  private static final class Posix {
    static final long MAP_FAILED = -1;
    static final long DONT_NEED = 4, WANT_HUGE_PAGES = 14;
    private static final long READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22;
    private static final MethodHandle MMAP = function("mmap", 6);
    private static final MethodHandle MUNMAP = function("munmap", 2);
    private static final MethodHandle MADVISE = function("madvise", 3);

    /// A C function of longs that returns a long.
    private static MethodHandle function(String name, int parameters) {
      Linker linker = Linker.nativeLinker();
      MemoryLayout[] longs = new MemoryLayout[parameters];
      Arrays.fill(longs, ValueLayout.JAVA_LONG);
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(ValueLayout.JAVA_LONG, longs));
    }

    static long map(long bytes) {
      try {
        return (long) MMAP.invokeExact(0L, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1L, 0L);
      } catch (Throwable e) {
        throw new IllegalStateException("mmap", e);
      }
    }

    static MemorySegment segment(long address, long bytes, Arena arena) {
      return MemorySegment.ofAddress(address).reinterpret(bytes, arena, Posix::unmap);
    }

    private static void unmap(MemorySegment memory) {
      try {
        long ignored = (long) MUNMAP.invokeExact(memory.address(), memory.byteSize());
      } catch (Throwable e) {
        throw new IllegalStateException("munmap", e);
      }
    }

    /// Advice only: a system that does not follow it works as well.
    static void advise(long address, long bytes, long advice) {
      try {
        long ignored = (long) MADVISE.invokeExact(address, bytes, advice);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise", e);
      }
    }
  }
}
