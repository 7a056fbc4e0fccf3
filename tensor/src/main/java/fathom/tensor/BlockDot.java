package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.INTS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q8_0 or Q4_0 times one input: decoded in registers and multiplied at once, where
/// [MatmulBand] decodes for many inputs into memory. The arithmetic and its order are the same, bit
/// for bit: [LegacyDecoder]'s, then [DotTile]'s.
///
/// Two rows at a time share the loads of the input. Before that, all cache lines of some rows are
/// asked for in one go: the multiplying loop is so long that the CPU, looking a few hundred
/// instructions ahead, has only a dozen lines under way.
final class BlockDot {
  private static final int SIZE = 32;
  private static final int LINE = 64;
  private static final int LINES_AT_ONCE = 4;
  private static final int TOUCHED_BYTES = 16 << 10;

  /// Every F16 number as float32: two loads instead of a chain of conversions for each block.
  private static final float[] HALVES = halves();

  private BlockDot() {}

  private static float[] halves() {
    float[] halves = new float[1 << Short.SIZE];
    for (int bits = 0; bits < halves.length; bits++) {
      halves[bits] = Float.float16ToFloat((short) bits);
    }
    return halves;
  }

  static boolean serves(DType type) {
    return type == DType.Q8_0 || type == DType.Q4_0;
  }

  /// Writes the partial sums of `rows` rows of w from `first` on, a vector for each, to `sums`;
  /// after them, at `sums + rows` vectors, a number without meaning.
  static void run(WeightMatrix w, int first, int rows, long input, long sums) {
    long rowBytes = w.rowBytes();
    int blocks = w.columns() / SIZE;
    int chunk = Math.clamp(TOUCHED_BYTES / Math.max(rowBytes, 1) / 2 * 2, 2, 16);
    for (int row = 0; row < rows; row++) {
      if (row % chunk == 0) {
        long bytes = Math.min(chunk, rows - row) * rowBytes;
        long touched = touch(w.rowAddress(first + row), bytes);
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, sums + rows * Lanes.BYTES, touched);
      }
      if (row % 2 == 0) {
        long w0 = w.rowAddress(first + row);
        long s0 = sums + row * Lanes.BYTES;
        boolean two = row + 1 < rows;
        long w1 = two ? w0 + rowBytes : w0;
        long s1 = two ? s0 + Lanes.BYTES : s0;
        if (w.type() == DType.Q8_0) {
          bytes(w0, w1, input, blocks, s0, s1);
        } else {
          nibbles(w0, w1, input, blocks, s0, s1);
        }
      }
    }
  }

  /// Reads a number of each cache line that lies wholly in a range.
  private static long touch(long from, long bytes) {
    long sum = 0;
    long end = from + bytes - LINES_AT_ONCE * LINE;
    for (long at = from; at <= end; at += LINES_AT_ONCE * LINE) {
      sum +=
          ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + LINE)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 2 * LINE)
              + ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 3 * LINE);
    }
    return sum;
  }

  private static float half(long address) {
    return HALVES[NativeMemory.getShort(address) & 0xffff];
  }

  private static void bytes(long row0, long row1, long input, int blocks, long s0, long s1) {
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    long w0 = row0;
    long w1 = row1;
    long x = input;
    for (int block = 0; block < blocks; block++) {
      float d0 = half(w0);
      float d1 = half(w1);
      for (int i = 0; i < SIZE; i += BYTE_LANES.length()) {
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + 2 + i, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + 2 + i, ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          long place = x + 4L * (i + part * Lanes.LENGTH);
          FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, place, ORDER);
          a0 = ((FloatVector) b0.castShape(FLOATS, part)).mul(d0).fma(v, a0);
          a1 = ((FloatVector) b1.castShape(FLOATS, part)).mul(d1).fma(v, a1);
        }
      }
      w0 += 2 + SIZE;
      w1 += 2 + SIZE;
      x += 4 * SIZE;
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
    a1.intoMemorySegment(ALL, s1, ORDER);
  }

  /// Low nibbles are the first, high ones the last 16 numbers of a block; each half's products come
  /// in the order of the columns.
  private static void nibbles(long row0, long row1, long input, int blocks, long s0, long s1) {
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    long w0 = row0;
    long w1 = row1;
    long x = input;
    for (int block = 0; block < blocks; block++) {
      float d0 = half(w0);
      float d1 = half(w1);
      FloatVector step0 = FloatVector.broadcast(FLOATS, d0);
      FloatVector step1 = FloatVector.broadcast(FLOATS, d1);
      FloatVector zero0 = FloatVector.broadcast(FLOATS, -8 * d0);
      FloatVector zero1 = FloatVector.broadcast(FLOATS, -8 * d1);
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < SIZE / 2; i += BYTE_LANES.length()) {
          ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + 2 + i, ORDER);
          ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + 2 + i, ORDER);
          for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
            long place = x + 4L * (half * SIZE / 2 + i + part * Lanes.LENGTH);
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, place, ORDER);
            IntVector q0 = (IntVector) b0.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, part);
            IntVector q1 = (IntVector) b1.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, part);
            q0 = half == 0 ? q0.and(15) : q0.lanewise(VectorOperators.LSHR, 4);
            q1 = half == 0 ? q1.and(15) : q1.lanewise(VectorOperators.LSHR, 4);
            FloatVector f0 = (FloatVector) q0.convert(VectorOperators.I2F, 0);
            FloatVector f1 = (FloatVector) q1.convert(VectorOperators.I2F, 0);
            a0 = f0.fma(step0, zero0).fma(v, a0);
            a1 = f1.fma(step1, zero1).fma(v, a1);
          }
        }
      }
      w0 += 2 + SIZE / 2;
      w1 += 2 + SIZE / 2;
      x += 4 * SIZE;
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
    a1.intoMemorySegment(ALL, s1, ORDER);
  }
}
