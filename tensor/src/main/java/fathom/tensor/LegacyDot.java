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

  private LegacyDot() {}

  static void bytes(RowQuad quad) {
    long w0 = NativeMemory.known(quad.w0) + 2;
    long w1 = NativeMemory.known(quad.w1) + 2;
    long w2 = NativeMemory.known(quad.w2) + 2;
    long w3 = NativeMemory.known(quad.w3) + 2;
    long x = NativeMemory.known(quad.input);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
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
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int blocks = quad.columns / SIZE;
    for (int block = 0; block < blocks; block++) {
      long at = (long) block * NIBBLES_BLOCK;
      long place = block * INPUT_BLOCK;
      float d0 = BlockDot.half(w0 + at - 2);
      float d1 = BlockDot.half(w1 + at - 2);
      float d2 = BlockDot.half(w2 + at - 2);
      float d3 = BlockDot.half(w3 + at - 2);
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
            a0 = decode(b0, part, half, d0).fma(v, a0);
            a1 = decode(b1, part, half, d1).fma(v, a1);
            a2 = decode(b2, part, half, d2).fma(v, a2);
            a3 = decode(b3, part, half, d3).fma(v, a3);
          }
        }
      }
    }
    a0.intoMemorySegment(ALL, quad.s0, ORDER);
    a1.intoMemorySegment(ALL, quad.s1, ORDER);
    a2.intoMemorySegment(ALL, quad.s2, ORDER);
    a3.intoMemorySegment(ALL, quad.s3, ORDER);
  }

  private static FloatVector decode(ByteVector bytes, int part, int half, float d) {
    IntVector q = (IntVector) bytes.convertShape(ZERO_EXTEND_B2I, INTS, part);
    q = half == 0 ? q.and(15) : q.lanewise(LSHR, 4);
    FloatVector f = (FloatVector) q.convert(I2F, 0);
    return f.fma(FloatVector.broadcast(FLOATS, d), FloatVector.broadcast(FLOATS, -8 * d));
  }
}
