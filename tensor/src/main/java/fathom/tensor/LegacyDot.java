package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.BYTE_PARTS;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.INTS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Four rows of Q8_0 or Q4_0 times an input: [LegacyDecoder]'s arithmetic, in [DotTile]'s order.
final class LegacyDot {
  private static final int SIZE = 32;
  private static final int BYTES_BLOCK = 34;
  private static final int NIBBLES_BLOCK = 18;

  /// Bytes of the input that belong to a block.
  private static final long INPUT_BLOCK = 4L * SIZE;

  /// What the sixteen nibbles stand for, where a vector has so many lanes.
  private static final FloatVector NIBBLES =
      FloatVector.fromArray(
          FLOATS, new float[] {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}, 0);

  private LegacyDot() {}

  static boolean looksUp() {
    return Lanes.LENGTH == 16;
  }

  static void bytes(RowQuad quad) {
    long w0 = NativeMemory.known(quad.w0) + 2;
    long w1 = NativeMemory.known(quad.w1) + 2;
    long w2 = NativeMemory.known(quad.w2) + 2;
    long w3 = NativeMemory.known(quad.w3) + 2;
    long x = NativeMemory.known(quad.input);
    FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s0, ORDER);
    FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s1, ORDER);
    FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s2, ORDER);
    FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s3, ORDER);
    int blocks = quad.columns / SIZE;
    for (int block = 0; block < blocks; block++) {
      long at = (long) block * BYTES_BLOCK;
      long place = block * INPUT_BLOCK;
      FloatVector d0 = FloatVector.broadcast(FLOATS, BlockDot.half(w0 + at - 2));
      FloatVector d1 = FloatVector.broadcast(FLOATS, BlockDot.half(w1 + at - 2));
      FloatVector d2 = FloatVector.broadcast(FLOATS, BlockDot.half(w2 + at - 2));
      FloatVector d3 = FloatVector.broadcast(FLOATS, BlockDot.half(w3 + at - 2));
      for (int i = 0; i < SIZE; i += BYTE_LANES.length()) {
        ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + at + i, ORDER);
        ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + at + i, ORDER);
        ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w2 + at + i, ORDER);
        ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w3 + at + i, ORDER);
        for (int part = 0; part < BYTE_PARTS; part++) {
          int number = i + part * Lanes.LENGTH;
          FloatVector v =
              FloatVector.fromMemorySegment(FLOATS, ALL, x + place + 4L * number, ORDER);
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

  /// Low nibbles are the first, high ones the last 16 numbers of a block; each half's products come
  /// in the order of the columns.
  static void nibbles(RowQuad quad) {
    long w0 = NativeMemory.known(quad.w0) + 2;
    long w1 = NativeMemory.known(quad.w1) + 2;
    long w2 = NativeMemory.known(quad.w2) + 2;
    long w3 = NativeMemory.known(quad.w3) + 2;
    long x = NativeMemory.known(quad.input);
    FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s0, ORDER);
    FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s1, ORDER);
    FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s2, ORDER);
    FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s3, ORDER);
    int blocks = quad.columns / SIZE;
    for (int block = 0; block < blocks; block++) {
      long at = (long) block * NIBBLES_BLOCK;
      long place = block * INPUT_BLOCK;
      float h0 = BlockDot.half(w0 + at - 2);
      float h1 = BlockDot.half(w1 + at - 2);
      float h2 = BlockDot.half(w2 + at - 2);
      float h3 = BlockDot.half(w3 + at - 2);
      FloatVector d0 = FloatVector.broadcast(FLOATS, h0);
      FloatVector m0 = FloatVector.broadcast(FLOATS, -8 * h0);
      FloatVector d1 = FloatVector.broadcast(FLOATS, h1);
      FloatVector m1 = FloatVector.broadcast(FLOATS, -8 * h1);
      FloatVector d2 = FloatVector.broadcast(FLOATS, h2);
      FloatVector m2 = FloatVector.broadcast(FLOATS, -8 * h2);
      FloatVector d3 = FloatVector.broadcast(FLOATS, h3);
      FloatVector m3 = FloatVector.broadcast(FLOATS, -8 * h3);
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < SIZE / 2; i += BYTE_LANES.length()) {
          ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + at + i, ORDER);
          ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + at + i, ORDER);
          ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w2 + at + i, ORDER);
          ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w3 + at + i, ORDER);
          for (int part = 0; part < BYTE_PARTS; part++) {
            int number = half * (SIZE / 2) + i + part * Lanes.LENGTH;
            FloatVector v =
                FloatVector.fromMemorySegment(FLOATS, ALL, x + place + 4L * number, ORDER);
            IntVector q0 = (IntVector) b0.convertShape(ZERO_EXTEND_B2I, INTS, part);
            q0 = q0.lanewise(LSHR, 4 * half).and(15);
            a0 = ((FloatVector) q0.convert(I2F, 0)).fma(d0, m0).fma(v, a0);
            IntVector q1 = (IntVector) b1.convertShape(ZERO_EXTEND_B2I, INTS, part);
            q1 = q1.lanewise(LSHR, 4 * half).and(15);
            a1 = ((FloatVector) q1.convert(I2F, 0)).fma(d1, m1).fma(v, a1);
            IntVector q2 = (IntVector) b2.convertShape(ZERO_EXTEND_B2I, INTS, part);
            q2 = q2.lanewise(LSHR, 4 * half).and(15);
            a2 = ((FloatVector) q2.convert(I2F, 0)).fma(d2, m2).fma(v, a2);
            IntVector q3 = (IntVector) b3.convertShape(ZERO_EXTEND_B2I, INTS, part);
            q3 = q3.lanewise(LSHR, 4 * half).and(15);
            a3 = ((FloatVector) q3.convert(I2F, 0)).fma(d3, m3).fma(v, a3);
          }
        }
      }
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }

  /// The same where a vector has a lane for each value of a nibble: sixteen products `d (q - 8)` a
  /// block, and each number looks up its own. The lookup reads the low four bits of an index.
  static void lookedUp(RowQuad quad) {
    long w0 = NativeMemory.known(quad.w0) + 2;
    long w1 = NativeMemory.known(quad.w1) + 2;
    long w2 = NativeMemory.known(quad.w2) + 2;
    long w3 = NativeMemory.known(quad.w3) + 2;
    long x = NativeMemory.known(quad.input);
    FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s0, ORDER);
    FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s1, ORDER);
    FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s2, ORDER);
    FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, quad.s3, ORDER);
    FloatVector numbers = NIBBLES;
    int blocks = quad.columns / SIZE;
    for (int block = 0; block < blocks; block++) {
      long at = (long) block * NIBBLES_BLOCK;
      long place = block * INPUT_BLOCK;
      FloatVector low = FloatVector.fromMemorySegment(FLOATS, ALL, x + place, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(FLOATS, ALL, x + place + 64, ORDER);
      IntVector t0 = numbers.mul(BlockDot.half(w0 + at - 2)).reinterpretAsInts();
      IntVector t1 = numbers.mul(BlockDot.half(w1 + at - 2)).reinterpretAsInts();
      IntVector t2 = numbers.mul(BlockDot.half(w2 + at - 2)).reinterpretAsInts();
      IntVector t3 = numbers.mul(BlockDot.half(w3 + at - 2)).reinterpretAsInts();
      ByteVector b0 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w0 + at, ORDER);
      ByteVector b1 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w1 + at, ORDER);
      ByteVector b2 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w2 + at, ORDER);
      ByteVector b3 = ByteVector.fromMemorySegment(BYTE_LANES, ALL, w3 + at, ORDER);
      IntVector q0 = (IntVector) b0.convertShape(ZERO_EXTEND_B2I, INTS, 0);
      IntVector q1 = (IntVector) b1.convertShape(ZERO_EXTEND_B2I, INTS, 0);
      IntVector q2 = (IntVector) b2.convertShape(ZERO_EXTEND_B2I, INTS, 0);
      IntVector q3 = (IntVector) b3.convertShape(ZERO_EXTEND_B2I, INTS, 0);
      a0 = q0.selectFrom(t0).reinterpretAsFloats().fma(low, a0);
      a1 = q1.selectFrom(t1).reinterpretAsFloats().fma(low, a1);
      a2 = q2.selectFrom(t2).reinterpretAsFloats().fma(low, a2);
      a3 = q3.selectFrom(t3).reinterpretAsFloats().fma(low, a3);
      a0 = q0.lanewise(LSHR, 4).selectFrom(t0).reinterpretAsFloats().fma(high, a0);
      a1 = q1.lanewise(LSHR, 4).selectFrom(t1).reinterpretAsFloats().fma(high, a1);
      a2 = q2.lanewise(LSHR, 4).selectFrom(t2).reinterpretAsFloats().fma(high, a2);
      a3 = q3.lanewise(LSHR, 4).selectFrom(t3).reinterpretAsFloats().fma(high, a3);
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }
}
