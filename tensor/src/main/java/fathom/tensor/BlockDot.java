package fathom.tensor;

import static fathom.tensor.NativeMemory.ALL;

import java.lang.foreign.ValueLayout;

/// Quantised rows times one input: decoded in registers and multiplied at once, where [MatmulBand]
/// decodes for many inputs into memory. The arithmetic and its order are the same, bit for bit:
/// [RowDecoder]'s, then [DotTile]'s.
///
/// Before rows are multiplied, all their cache lines are asked for in one go: the multiplying loops
/// are so long that the CPU, looking a few hundred instructions ahead, has only a dozen lines under
/// way, and reads a third of what memory gives.
final class BlockDot {
  private static final int LINE = 64;
  private static final int LINES_AT_ONCE = 4;

  /// Bytes asked for at once: with the input they should fit a first-level cache of 48 KB.
  private static final int TOUCHED_BYTES = 28 << 10;

  /// Every F16 number as float32: two loads instead of a chain of conversions for each block.
  private static final float[] HALVES = halves();

  private final RowQuad quad = new RowQuad();

  private static float[] halves() {
    float[] halves = new float[1 << Short.SIZE];
    for (int bits = 0; bits < halves.length; bits++) {
      halves[bits] = Float.float16ToFloat((short) bits);
    }
    return halves;
  }

  static boolean serves(DType type) {
    return switch (type) {
      case Q8_0, Q4_0, Q4_K, Q6_K -> true;
      default -> false;
    };
  }

  /// The F16 number at an address.
  static float half(long address) {
    return HALVES[NativeMemory.getShort(address) & 0xffff];
  }

  /// Adds the products of `rows` rows of w from `first` on to their partial sums, a vector for
  /// each; writes after them, at `sums + rows` vectors, a number without meaning. `spare` is room
  /// for [SuperBlockDot#SPARE_BYTES].
  void run(WeightMatrix w, int first, int rows, long input, long sums, long spare) {
    long rowBytes = w.rowBytes();
    int chunk =
        Math.clamp(TOUCHED_BYTES / Math.max(rowBytes, 1), RowQuad.ROWS, 16)
            / RowQuad.ROWS
            * RowQuad.ROWS;
    quad.input = input;
    quad.columns = w.columns();
    quad.spare = spare;
    for (int row = 0; row < rows; row += RowQuad.ROWS) {
      if (row % chunk == 0) {
        long bytes = Math.min(chunk, rows - row) * rowBytes;
        long touched = touch(w.rowAddress(first + row), bytes);
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, sums + rows * Lanes.BYTES, touched);
      }
      long s = sums + row * Lanes.BYTES;
      quad.setRows(w.rowAddress(first + row), rowBytes, s, Math.min(RowQuad.ROWS, rows - row));
      multiply(w.type());
    }
  }

  private void multiply(DType type) {
    switch (type) {
      case Q8_0 -> LegacyDot.bytes(quad);
      case Q4_0 -> nibbles();
      case Q4_K -> SuperBlockDot.nibbles(quad);
      case Q6_K -> SuperBlockDot.sixBits(quad);
      default -> throw new IllegalArgumentException("no product of rows in " + type);
    }
  }

  private void nibbles() {
    if (LegacyDot.looksUp()) {
      LegacyDot.lookedUp(quad);
    } else {
      LegacyDot.nibbles(quad);
    }
  }

  /// Reads a number of each cache line that lies wholly in a range.
  private static long touch(long from, long bytes) {
    long sum = 0;
    int groups = (int) (bytes / (LINES_AT_ONCE * LINE));
    for (int group = 0; group < groups; group++) {
      long at = NativeMemory.known(from + (long) group * LINES_AT_ONCE * LINE);
      sum +=
          ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + LINE)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 2 * LINE)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 3 * LINE);
    }
    return sum;
  }
}
