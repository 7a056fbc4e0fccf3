package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.BYTE_PARTS;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.INTS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Four rows of Q4_K or Q6_K times an input: [SuperBlockDecoder]'s arithmetic, in [DotTile]'s
/// order.
///
/// Piece by piece of columns, first the steps and minima of all sub-blocks are made, and of Q6_K
/// also the six-bit numbers, four or eight in each word of a vector; then the piece is multiplied.
final class SuperBlockDot {
  private static final int SIZE = 256;
  private static final int SUB_BLOCK = 32;
  private static final int NIBBLES_BLOCK = 144;
  private static final int SIX_BITS_BLOCK = 210;
  private static final byte LEVELS = 32;

  /// Columns in a piece.
  private static final int PIECE = 2048;

  /// Bytes of one row's steps and minima in a piece, and of its six-bit numbers.
  private static final int STEPS_BYTES = PIECE / SIZE * 128;

  private static final long ROW_BYTES = (long) STEPS_BYTES + PIECE;

  /// Bytes that a quad's `spare` must have.
  static final long SPARE_BYTES = 4 * ROW_BYTES + 64;

  /// Eight floats, or fewer if a vector is shorter, and eight bytes.
  private static final VectorSpecies<Float> EIGHT =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Math.min(256, Lanes.STEP * 8)));

  private static final VectorSpecies<Byte> EIGHT_BYTES = ByteVector.SPECIES_64;

  /// Words for 32 bytes, or for as many as a vector has.
  private static final VectorSpecies<Integer> WORDS = EIGHT.withLanes(int.class);

  private SuperBlockDot() {}

  static void nibbles(RowQuad quad) {
    for (int column = 0; column < quad.columns; column += PIECE) {
      int count = Math.min(PIECE, quad.columns - column);
      int from = column / SIZE * NIBBLES_BLOCK;
      nibbleSteps(quad.w0 + from, count, quad.spare);
      nibbleSteps(quad.w1 + from, count, quad.spare + ROW_BYTES);
      nibbleSteps(quad.w2 + from, count, quad.spare + 2 * ROW_BYTES);
      nibbleSteps(quad.w3 + from, count, quad.spare + 3 * ROW_BYTES);
      multiplyNibbles(quad, column, count);
    }
  }

  /// For each super-block eight steps `d * scale` and, behind them, eight `-dmin * minimum`.
  private static void nibbleSteps(long row, int count, long steps) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * NIBBLES_BLOCK);
      long to = NativeMemory.known(steps + block * 128L);
      int low = NativeMemory.getInt(from + 4);
      int mins = NativeMemory.getInt(from + 8);
      int high = NativeMemory.getInt(from + 12);
      // Four six-bit numbers in the bytes of each word.
      long scales =
          (low & 0x3f3f3f3fL) | ((long) ((high & 0x0f0f0f0f) | ((low >>> 2) & 0x30303030)) << 32);
      long minima =
          (mins & 0x3f3f3f3fL)
              | ((long) (((high >>> 4) & 0x0f0f0f0f) | ((mins >>> 2) & 0x30303030)) << 32);
      ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to + 64, scales);
      ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, to + 72, minima);
      float d = BlockDot.half(from);
      float negativeMin = -BlockDot.half(from + 2);
      ByteVector s = ByteVector.fromMemorySegment(EIGHT_BYTES, ALL, to + 64, ORDER);
      ByteVector m = ByteVector.fromMemorySegment(EIGHT_BYTES, ALL, to + 72, ORDER);
      for (int part = 0; part < 8 / EIGHT.length(); part++) {
        int place = part * EIGHT.length() * Float.BYTES;
        ((FloatVector) s.castShape(EIGHT, part)).mul(d).intoMemorySegment(ALL, to + place, ORDER);
        ((FloatVector) m.castShape(EIGHT, part))
            .mul(negativeMin)
            .intoMemorySegment(ALL, to + 32 + place, ORDER);
      }
    }
  }

  private static void multiplyNibbles(RowQuad quad, int column, int count) {
    int from = column / SIZE * NIBBLES_BLOCK + 16;
    long w0 = NativeMemory.known(quad.w0 + from);
    long w1 = NativeMemory.known(quad.w1 + from);
    long w2 = NativeMemory.known(quad.w2 + from);
    long w3 = NativeMemory.known(quad.w3 + from);
    long steps = NativeMemory.known(quad.spare);
    long x = NativeMemory.known(quad.input + 4L * column);
    FloatVector a0 = start(quad.s0, column);
    FloatVector a1 = start(quad.s1, column);
    FloatVector a2 = start(quad.s2, column);
    FloatVector a3 = start(quad.s3, column);
    int subBlocks = count / SUB_BLOCK;
    for (int block = 0; block < subBlocks; block++) {
      int j = block & 7;
      long superBlock = block >> 3;
      long at = superBlock * NIBBLES_BLOCK + (j >> 1) * (long) SUB_BLOCK;
      int shift = (j & 1) * 4;
      long step = NativeMemory.known(steps + superBlock * 128 + j * 4L);
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
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + at + i, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + at + i, ORDER);
        ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w2 + at + i, ORDER);
        ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w3 + at + i, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          long number = (long) block * SUB_BLOCK + i + (long) part * Lanes.LENGTH;
          FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4 * number, ORDER);
          IntVector q0 = (IntVector) b0.convertShape(ZERO_EXTEND_B2I, INTS, part);
          q0 = q0.lanewise(LSHR, shift).and(15);
          a0 = ((FloatVector) q0.convert(I2F, 0)).fma(d0, m0).fma(v, a0);
          IntVector q1 = (IntVector) b1.convertShape(ZERO_EXTEND_B2I, INTS, part);
          q1 = q1.lanewise(LSHR, shift).and(15);
          a1 = ((FloatVector) q1.convert(I2F, 0)).fma(d1, m1).fma(v, a1);
          IntVector q2 = (IntVector) b2.convertShape(ZERO_EXTEND_B2I, INTS, part);
          q2 = q2.lanewise(LSHR, shift).and(15);
          a2 = ((FloatVector) q2.convert(I2F, 0)).fma(d2, m2).fma(v, a2);
          IntVector q3 = (IntVector) b3.convertShape(ZERO_EXTEND_B2I, INTS, part);
          q3 = q3.lanewise(LSHR, shift).and(15);
          a3 = ((FloatVector) q3.convert(I2F, 0)).fma(d3, m3).fma(v, a3);
        }
      }
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }

  private static FloatVector start(long sums, int column) {
    return column == 0
        ? FloatVector.zero(FLOATS)
        : FloatVector.fromMemorySegment(FLOATS, ALL, sums, ORDER);
  }

  static void sixBits(RowQuad quad) {
    for (int column = 0; column < quad.columns; column += PIECE) {
      int count = Math.min(PIECE, quad.columns - column);
      int from = column / SIZE * SIX_BITS_BLOCK;
      unpackSixBits(quad.w0 + from, count, quad.spare);
      unpackSixBits(quad.w1 + from, count, quad.spare + ROW_BYTES);
      unpackSixBits(quad.w2 + from, count, quad.spare + 2 * ROW_BYTES);
      unpackSixBits(quad.w3 + from, count, quad.spare + 3 * ROW_BYTES);
      multiplySixBits(quad, column, count);
    }
  }

  /// For each super-block 16 steps and, behind them, 16 times what zero means; the numbers as bytes
  /// behind all of these.
  private static void unpackSixBits(long row, int count, long spare) {
    int blocks = count / SIZE;
    for (int block = 0; block < blocks; block++) {
      long from = NativeMemory.known(row + (long) block * SIX_BITS_BLOCK);
      long steps = NativeMemory.known(spare + block * 128L);
      long to = NativeMemory.known(spare + STEPS_BYTES + (long) block * SIZE);
      unpackHalf(from, from + 128, to);
      unpackHalf(from + 64, from + 160, to + 128);
      float d = BlockDot.half(from + 208);
      for (int i = 0; i < 16; i += BYTE_LANES.length()) {
        ByteVector scales = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 192 + i, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          FloatVector step = ((FloatVector) scales.castShape(FLOATS, part)).mul(d);
          long place = steps + 4L * (i + part * Lanes.LENGTH);
          step.intoMemorySegment(ALL, place, ORDER);
        }
      }
    }
  }

  /// 128 numbers: four groups of 32 share the bytes of the upper two bits, the first and third as
  /// well as the second and fourth the bytes of the lower four.
  private static void unpackHalf(long low, long high, long to) {
    for (int i = 0; i < SUB_BLOCK; i += WORDS.vectorByteSize()) {
      IntVector upper = IntVector.fromMemorySegment(WORDS, ALL, high + i, ORDER);
      IntVector even = IntVector.fromMemorySegment(WORDS, ALL, low + i, ORDER);
      IntVector odd = IntVector.fromMemorySegment(WORDS, ALL, low + SUB_BLOCK + i, ORDER);
      even.and(0x0f0f0f0f)
          .or(upper.lanewise(LSHL, 4).and(0x30303030))
          .reinterpretAsBytes()
          .sub(LEVELS)
          .intoMemorySegment(ALL, to + i, ORDER);
      odd.and(0x0f0f0f0f)
          .or(upper.lanewise(LSHL, 2).and(0x30303030))
          .reinterpretAsBytes()
          .sub(LEVELS)
          .intoMemorySegment(ALL, to + SUB_BLOCK + i, ORDER);
      even.lanewise(LSHR, 4)
          .and(0x0f0f0f0f)
          .or(upper.and(0x30303030))
          .reinterpretAsBytes()
          .sub(LEVELS)
          .intoMemorySegment(ALL, to + 2 * SUB_BLOCK + i, ORDER);
      odd.lanewise(LSHR, 4)
          .and(0x0f0f0f0f)
          .or(upper.lanewise(LSHR, 2).and(0x30303030))
          .reinterpretAsBytes()
          .sub(LEVELS)
          .intoMemorySegment(ALL, to + 3 * SUB_BLOCK + i, ORDER);
    }
  }

  private static void multiplySixBits(RowQuad quad, int column, int count) {
    long steps = NativeMemory.known(quad.spare);
    long q = steps + STEPS_BYTES;
    long x = NativeMemory.known(quad.input + 4L * column);
    FloatVector a0 = start(quad.s0, column);
    FloatVector a1 = start(quad.s1, column);
    FloatVector a2 = start(quad.s2, column);
    FloatVector a3 = start(quad.s3, column);
    int blocks = count / 16;
    for (int block = 0; block < blocks; block++) {
      long at = block * 16L;
      long step = steps + (block >> 4) * 128L + (block & 15) * 4L;
      FloatVector d0 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step));
      FloatVector d1 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + ROW_BYTES));
      FloatVector d2 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 2 * ROW_BYTES));
      FloatVector d3 = FloatVector.broadcast(FLOATS, NativeMemory.getFloat(step + 3 * ROW_BYTES));
      for (int i = 0; i < 16; i += BYTE_LANES.length()) {
        long from = q + at + i;
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + ROW_BYTES, ORDER);
        ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 2 * ROW_BYTES, ORDER);
        ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 3 * ROW_BYTES, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          long number = at + i + (long) part * Lanes.LENGTH;
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
