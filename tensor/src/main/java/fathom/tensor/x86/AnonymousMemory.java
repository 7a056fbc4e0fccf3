package fathom.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Large pieces of zeroed memory in huge pages, so that a stream of gigabytes does not look up a
/// translation every 4 KiB. Linux only.
final class AnonymousMemory {
  private static final long HUGE_PAGE = 2L << 20;
  private static final long PAGE = 4096;
  private static final long DONT_NEED = 4, WANT_HUGE_PAGES = 14;

  private AnonymousMemory() {}

  /// Zeroed memory, aligned to huge pages, that lives as long as `arena`.
  ///
  /// @throws UnavailableException if the system refuses
  static MemorySegment allocate(Arena arena, long bytes) {
    long size = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    MemorySegment all = ExecutableMemory.map(arena, size + HUGE_PAGE);
    long aligned = (all.address() + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    // Advice only: where huge pages are not to be had, small ones serve.
    long ignored = ExecutableMemory.advise(aligned, size, WANT_HUGE_PAGES);
    assert ignored <= 0 : "madvise: " + ignored;
    return all.asSlice(aligned - all.address(), bytes);
  }

  /// Gives the whole pages of a part of a mapped file back; they are read again when they are
  /// needed. Does nothing to any other memory, which would lose what it holds.
  static void releaseMapped(MemorySegment part) {
    if (!part.isMapped() || !part.isReadOnly()) {
      return;
    }
    long start = (part.address() + PAGE - 1) / PAGE * PAGE;
    long end = (part.address() + part.byteSize()) / PAGE * PAGE;
    if (end > start) {
      long ignored = ExecutableMemory.advise(start, end - start, DONT_NEED);
      assert ignored <= 0 : "madvise: " + ignored;
    }
  }
}
