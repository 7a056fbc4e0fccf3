package fathom.tensor.x86;

import fathom.tensor.LargeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A thread's own memory for kernels: their arguments, and buffers that grow when needed and are
/// kept. Freed when it is no longer reachable.
final class Scratch {
  /// Buffers that one operation uses at the same time.
  static final int PANELS = 0, SUMS = 1, EDGE = 2, MORE = 3, QUERIES = 4, WEIGHTS = 5, RESULTS = 6;

  static final int STATISTICS = 7;

  private static final int ONES = 8, BUFFERS = 9;
  private static final int ARGUMENTS = 16;

  /// What the next product of tiles works on.
  final TileBlocks.Panels a = new TileBlocks.Panels();

  final TileBlocks.Panels b = new TileBlocks.Panels();
  final TileBlocks.Sums c = new TileBlocks.Sums();

  /// What is packed next.
  final Rows rows = new Rows();

  private final MemorySegment arguments = Arena.ofAuto().allocate(8L * ARGUMENTS, 64);
  private final NativeBuffer[] buffers = new NativeBuffer[BUFFERS];

  Scratch() {
    for (int i = 0; i < BUFFERS; i++) {
      buffers[i] = new NativeBuffer();
    }
  }

  /// Sets one argument of the next call.
  void set(int argument, long value) {
    arguments.setAtIndex(ValueLayout.JAVA_LONG, argument, value);
  }

  /// Runs a kernel with the arguments that were set.
  void call(MachineCode code) {
    code.call(arguments.address());
  }

  /// Address of a buffer of at least so many bytes; its content is undefined.
  long buffer(int index, long bytes) {
    return buffers[index].atLeast(bytes);
  }

  /// Address of at least `count` float32 ones.
  long ones(int count) {
    long address = buffers[ONES].atLeast(4L * count);
    MemorySegment ones = buffers[ONES].segment;
    for (int i = 0; i < count; i++) {
      ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
    }
    return address;
  }

  /// Native memory that grows; what it held is lost then.
  static final class NativeBuffer {
    private MemorySegment segment = MemorySegment.NULL;

    long atLeast(long bytes) {
      if (segment.byteSize() < bytes) {
        segment = LargeMemory.allocate(Arena.ofAuto(), bytes + bytes / 4);
      }
      return segment.address();
    }
  }
}
