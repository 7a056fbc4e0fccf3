package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.BYTE_PARTS;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.INTS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/// Four rows of Q4_K or Q6_K times an input: [SuperBlockDecoder]'s arithmetic, in [DotTile]'s
/// order.
///
/// Piece by piece of columns, first the steps and minima of all sub-blocks and the numbers as bytes
/// are made, in whole vectors; then the piece is multiplied. Each of these is a method of its own,
/// and none uses a shape of vectors beside those of [Lanes]: what C2 can't inline in one go it
/// inlines by the types that the shared methods of the Vector API have seen, and where those have
/// seen several, vectors become objects.
final class SuperBlockDot {
  private static final int SIZE = 256;
  private static final int SUB_BLOCK = 32;
  private static final int NIBBLES_BLOCK = 144;
  private static final int SIX_BITS_BLOCK = 210;

  /// Columns in a piece.
  private static final int PIECE = 2048;

  /// Bytes of a super-block's steps, or steps and minima, before they are numbers and after.
  private static final long SCALES_BYTES = 128;

  private static final int PACKED = 64;

  /// Bytes of one row's steps and minima in a piece, and of its numbers.
  private static final long STEPS_BYTES = PIECE / SIZE * SCALES_BYTES;

  private static final long ROW_BYTES = STEPS_BYTES + PIECE;

  /// Bytes that a quad's `spare` must have.
  static final long SPARE_BYTES = RowQuad.ROWS * ROW_BYTES;

  /// The lanes behind the eighth, if there are any.
  private static final VectorMask<Float> BEHIND_EIGHT = VectorMask.fromLong(FLOATS, ~0xffL);

  private static final VectorMask<Integer> INTS_BEHIND_EIGHT = BEHIND_EIGHT.cast(INTS);

  private SuperBlockDot() {}

  static void nibbles(RowQuad quad) {
    for (int column = 0; column < quad.columns; column += PIECE) {
      int count = Math.min(PIECE, quad.columns - column);
      int from = column / SIZE * NIBBLES_BLOCK;
      for (int row = 0; row < RowQuad.ROWS; row++) {
        nibbleScales(quad.weights(row) + from, count, quad.spare + row * ROW_BYTES);
      }
      for (int row = 0; row < RowQuad.ROWS; row++) {
        long spare = quad.spare + row * ROW_BYTES;
        nibbleSteps(quad.weights(row) + from, count, spare);
        unpackNibbles(quad.weights(row) + from + 16, count, spare + STEPS_BYTES);
      }
      multiplyNibbles(quad, column, count);
    }
  }

  /// For each super-block eight scales and eight minima of six bits each, as bytes.
  private static void nibbleScales(long row, int count, long scales) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * NIBBLES_BLOCK);
      long to = NativeMemory.known(scales + block * SCALES_BYTES) + PACKED;
      int low = NativeMemory.getInt(from + 4);
      int mins = NativeMemory.getInt(from + 8);
      int high = NativeMemory.getInt(from + 12);
      int upperScales = (high & 0x0f0f0f0f) | ((low >>> 2) & 0x30303030);
      int upperMinima = ((high >>> 4) & 0x0f0f0f0f) | ((mins >>> 2) & 0x30303030);
      long ofSteps = (low & 0x3f3f3f3fL) | ((long) upperScales << 32);
      long ofMinima = (mins & 0x3f3f3f3fL) | ((long) upperMinima << 32);
      ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to, ofSteps);
      ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to + 8, ofMinima);
    }
  }

  /// For each super-block eight steps `d * scale` and, behind them, eight `-dmin * minimum`.
  private static void nibbleSteps(long row, int count, long steps) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * NIBBLES_BLOCK);
      long to = NativeMemory.known(steps + block * SCALES_BYTES);
      float d = BlockDot.half(from);
      float negativeMin = -BlockDot.half(from + 2);
      for (int i = 0; i < 16; i += BYTE_LANES.length()) {
        ByteVector scales = ByteVector.fromMemorySegment(BYTE_LANES, ALL, to + PACKED + i, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          int first = i + part * Lanes.LENGTH;
          FloatVector factors =
              FloatVector.broadcast(FLOATS, first < 8 ? d : negativeMin)
                  .blend(negativeMin, BEHIND_EIGHT);
          ((FloatVector) scales.castShape(FLOATS, part))
              .mul(factors)
              .intoMemorySegment(ALL, to + 4L * first, ORDER);
        }
      }
    }
  }

  /// The numbers of a row as bytes. Of a super-block's eight groups of 32, two share the bytes of
  /// four bits; groups come in the order 0, 2, 1, 3, 4, 6, 5, 7.
  private static void unpackNibbles(long row, int count, long numbers) {
    int halves = count / (SIZE / 2);
    for (int half = 0; half < halves; half++) {
      long block = row + (half >> 1) * (long) NIBBLES_BLOCK;
      long from = NativeMemory.known(block + (half & 1) * (SIZE / 4L));
      long to = NativeMemory.known(numbers + half * (SIZE / 2L));
      for (int i = 0; i < SIZE / 4; i += Lanes.STEP) {
        IntVector pairs = IntVector.fromMemorySegment(INTS, ALL, from + i, ORDER);
        pairs.and(0x0f0f0f0f).intoMemorySegment(ALL, to + i, ORDER);
        pairs.lanewise(LSHR, 4).and(0x0f0f0f0f).intoMemorySegment(ALL, to + i + SIZE / 4, ORDER);
      }
    }
  }

  private static void multiplyNibbles(RowQuad quad, int column, int count) {
    long steps = NativeMemory.known(quad.spare);
    long q = steps + STEPS_BYTES;
    long x = NativeMemory.known(quad.input + 4L * column);
    FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s0, ORDER);
    FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s1, ORDER);
    FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s2, ORDER);
    FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s3, ORDER);
    int groups = count / SUB_BLOCK;
    for (int group = 0; group < groups; group++) {
      long superBlock = group >> 3;
      int place = (group & 4) << 5 | (group & 1) << 6 | (group & 2) << 4;
      long step = steps + superBlock * SCALES_BYTES + (group & 7) * 4L;
      FloatVector d0 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step));
      FloatVector m0 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 32));
      FloatVector d1 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + ROW_BYTES));
      FloatVector m1 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + ROW_BYTES + 32));
      FloatVector d2 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 2 * ROW_BYTES));
      FloatVector m2 =
          FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 2 * ROW_BYTES + 32));
      FloatVector d3 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 3 * ROW_BYTES));
      FloatVector m3 =
          FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 3 * ROW_BYTES + 32));
      for (int i = 0; i < SUB_BLOCK; i += BYTE_LANES.length()) {
        long from = q + superBlock * SIZE + place + i;
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + ROW_BYTES, ORDER);
        ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 2 * ROW_BYTES, ORDER);
        ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 3 * ROW_BYTES, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          long number = (long) group * SUB_BLOCK + i + (long) part * Lanes.LENGTH;
          FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4 * number, ORDER);
          a0 = ((FloatVector) b0.castShape(FLOATS, part)).fma(d0, m0).fma(v, a0);
          a1 = ((FloatVector) b1.castShape(FLOATS, part)).fma(d1, m1).fma(v, a1);
          a2 = ((FloatVector) b2.castShape(FLOATS, part)).fma(d2, m2).fma(v, a2);
          a3 = ((FloatVector) b3.castShape(FLOATS, part)).fma(d3, m3).fma(v, a3);
        }
      }
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }

  static void sixBits(RowQuad quad) {
    for (int column = 0; column < quad.columns; column += PIECE) {
      int count = Math.min(PIECE, quad.columns - column);
      int from = column / SIZE * SIX_BITS_BLOCK;
      for (int row = 0; row < RowQuad.ROWS; row++) {
        long spare = quad.spare + row * ROW_BYTES;
        sixBitSteps(quad.weights(row) + from, count, spare);
        unpackSixBits(quad.weights(row) + from, count, spare + STEPS_BYTES);
      }
      multiplySixBits(quad, column, count);
    }
  }

  /// For each super-block 16 steps.
  private static void sixBitSteps(long row, int count, long steps) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * SIX_BITS_BLOCK);
      long to = NativeMemory.known(steps + block * SCALES_BYTES);
      float d = BlockDot.half(from + 208);
      for (int i = 0; i < 16; i += BYTE_LANES.length()) {
        ByteVector scales = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 192 + i, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          FloatVector step = ((FloatVector) scales.castShape(FLOATS, part)).mul(d);
          step.intoMemorySegment(ALL, to + 4L * (i + part * Lanes.LENGTH), ORDER);
        }
      }
    }
  }

  /// The numbers of a row as bytes. Each half of a super-block has four groups of 32: they share
  /// the bytes of the upper two bits, the first and third as well as the second and fourth the
  /// bytes of the lower four. Groups come in the order 0, 4, 1, 5, 2, 6, 3, 7, so that a vector has
  /// numbers of both halves. 32 is subtracted from bytes whose top bit is set meanwhile, so that
  /// none borrows from the next.
  private static void unpackSixBits(long row, int count, long numbers) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * SIX_BITS_BLOCK);
      long to = NativeMemory.known(numbers + (long) block * SIZE);
      for (int i = 0; i < 2 * SUB_BLOCK; i += Lanes.STEP) {
        long low = from + i + (i & SUB_BLOCK);
        IntVector even =
            IntVector.fromMemorySegment(INTS, ALL, low, ORDER)
                .blend(
                    IntVector.fromMemorySegment(INTS, ALL, low + SUB_BLOCK, ORDER),
                    INTS_BEHIND_EIGHT);
        IntVector odd =
            IntVector.fromMemorySegment(INTS, ALL, low + SUB_BLOCK, ORDER)
                .blend(
                    IntVector.fromMemorySegment(INTS, ALL, low + 2 * SUB_BLOCK, ORDER),
                    INTS_BEHIND_EIGHT);
        IntVector upper = IntVector.fromMemorySegment(INTS, ALL, from + SIZE / 2 + i, ORDER);
        for (int shift = 0; shift < 8; shift += 4) {
          IntVector bits = upper.lanewise(LSHR, shift);
          long at = to + i + shift * (SIZE / 8L);
          even.lanewise(LSHR, shift)
              .and(0x0f0f0f0f)
              .or(bits.lanewise(LSHL, 4).and(0x30303030))
              .or(0x80808080)
              .sub(0x20202020)
              .lanewise(XOR, 0x80808080)
              .intoMemorySegment(ALL, at, ORDER);
          odd.lanewise(LSHR, shift)
              .and(0x0f0f0f0f)
              .or(bits.lanewise(LSHL, 2).and(0x30303030))
              .or(0x80808080)
              .sub(0x20202020)
              .lanewise(XOR, 0x80808080)
              .intoMemorySegment(ALL, at + SIZE / 4, ORDER);
        }
      }
    }
  }

  private static void multiplySixBits(RowQuad quad, int column, int count) {
    long steps = NativeMemory.known(quad.spare);
    long q = steps + STEPS_BYTES;
    long x = NativeMemory.known(quad.input + 4L * column);
    FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s0, ORDER);
    FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s1, ORDER);
    FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s2, ORDER);
    FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s3, ORDER);
    int blocks = count / 16;
    for (int block = 0; block < blocks; block++) {
      long superBlock = block >> 4;
      int place = (block & 6) << 5 | (block & 8) << 2 | (block & 1) << 4;
      long step = steps + superBlock * SCALES_BYTES + (block & 15) * 4L;
      FloatVector d0 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step));
      FloatVector d1 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + ROW_BYTES));
      FloatVector d2 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 2 * ROW_BYTES));
      FloatVector d3 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 3 * ROW_BYTES));
      for (int i = 0; i < 16; i += BYTE_LANES.length()) {
        long from = q + superBlock * SIZE + place + i;
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + ROW_BYTES, ORDER);
        ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 2 * ROW_BYTES, ORDER);
        ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 3 * ROW_BYTES, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          long number = block * 16L + i + (long) part * Lanes.LENGTH;
          FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4 * number, ORDER);
          a0 = ((FloatVector) b0.castShape(FLOATS, part)).mul(d0).fma(v, a0);
          a1 = ((FloatVector) b1.castShape(FLOATS, part)).mul(d1).fma(v, a1);
          a2 = ((FloatVector) b2.castShape(FLOATS, part)).mul(d2).fma(v, a2);
          a3 = ((FloatVector) b3.castShape(FLOATS, part)).mul(d3).fma(v, a3);
        }
      }
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }
}
