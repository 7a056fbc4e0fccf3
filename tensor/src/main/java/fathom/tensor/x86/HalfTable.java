package fathom.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// All 65536 F16 numbers as float32, 256 KiB. Two loads through it cost no arithmetic, which is
/// what decode kernels are short of; the scales of a model are so alike that they hit few cache
/// lines.
final class HalfTable {
  /// Made when a kernel that reads it is first used, as that takes some hundredths of a second.
  static final HalfTable SHARED = new HalfTable();

  private static final int NUMBERS = 1 << 16;

  private final MemorySegment table = Arena.global().allocate(4L * NUMBERS, 64);

  private HalfTable() {
    for (int i = 0; i < NUMBERS; i++) {
      table.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.float16ToFloat((short) i));
    }
  }

  long address() {
    return table.address();
  }
}
