package fathom.tensor;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q4_K, Q5_K and Q6_K: [SuperBlockMinimumCodec] and [Q6KCodec] say how they lie.
///
/// Scales are products of an 11-bit and a 6- or 8-bit number, so that `scale * q` is exact and a
/// fused `scale * q - minimum` rounds as the two operations of the codec do.
abstract class SuperBlockDecoder extends RowDecoder {
  static final RowDecoder Q4_K = new Q4();
  static final RowDecoder Q5_K = new Q5();
  static final RowDecoder Q6_K = new Q6();

  private static final int SIZE = 256;
  private static final int SUB_BLOCK = 32;

  private SuperBlockDecoder() {}

  private static float half(long address) {
    return Float.float16ToFloat(NativeMemory.getShort(address));
  }

  private static int u8(long address) {
    return NativeMemory.getByte(address) & 0xff;
  }

  /// Scale `j` of the twelve bytes at `at`.
  private static int scale(long at, int j) {
    return j < 4 ? u8(at + j) & 63 : (u8(at + j + 4) & 15) | ((u8(at + j - 4) >>> 6) << 4);
  }

  /// Minimum `j` of the twelve bytes at `at`.
  private static int minimum(long at, int j) {
    return j < 4 ? u8(at + j + 4) & 63 : (u8(at + j + 4) >>> 4) | ((u8(at + j) >>> 6) << 4);
  }

  private static final class Q4 extends SuperBlockDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      for (int i = 0; i < count; i += SIZE) {
        float d = half(from);
        float dmin = half(from + 2);
        for (int j = 0; j < SIZE / SUB_BLOCK; j += 2) {
          decodePair(from, j, d, -dmin, target + 4L * (i + j * SUB_BLOCK));
        }
        from += 144;
      }
    }

    private static void decodePair(long from, int j, float d, float negativeMin, long to) {
      long nibbles = from + 16 + j * (SUB_BLOCK / 2L);
      FloatVector lowStep = FloatVector.broadcast(Lanes.FLOATS, d * scale(from + 4, j));
      FloatVector lowMin = FloatVector.broadcast(Lanes.FLOATS, negativeMin * minimum(from + 4, j));
      FloatVector highStep = FloatVector.broadcast(Lanes.FLOATS, d * scale(from + 4, j + 1));
      FloatVector highMin =
          FloatVector.broadcast(Lanes.FLOATS, negativeMin * minimum(from + 4, j + 1));
      for (int i = 0; i < SUB_BLOCK; i += Lanes.BYTE_LANES.length()) {
        ByteVector bytes =
            ByteVector.fromMemorySegment(
                Lanes.BYTE_LANES, NativeMemory.ALL, nibbles + i, Lanes.ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          IntVector pair =
              (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          FloatVector low = (FloatVector) pair.and(15).convert(VectorOperators.I2F, 0);
          FloatVector high =
              (FloatVector) pair.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
          long place = to + 4L * (i + part * Lanes.LENGTH);
          Lanes.store(low.fma(lowStep, lowMin), place);
          Lanes.store(high.fma(highStep, highMin), place + 4 * SUB_BLOCK);
        }
      }
    }
  }

  private static final class Q5 extends SuperBlockDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      for (int i = 0; i < count; i += SIZE) {
        float d = half(from);
        float dmin = half(from + 2);
        for (int j = 0; j < SIZE / SUB_BLOCK; j += 2) {
          decodePair(from, j, d, -dmin, target + 4L * (i + j * SUB_BLOCK));
        }
        from += 176;
      }
    }

    private static void decodePair(long from, int j, float d, float negativeMin, long to) {
      long nibbles = from + 48 + j * (SUB_BLOCK / 2L);
      FloatVector lowStep = FloatVector.broadcast(Lanes.FLOATS, d * scale(from + 4, j));
      FloatVector lowMin = FloatVector.broadcast(Lanes.FLOATS, negativeMin * minimum(from + 4, j));
      FloatVector highStep = FloatVector.broadcast(Lanes.FLOATS, d * scale(from + 4, j + 1));
      FloatVector highMin =
          FloatVector.broadcast(Lanes.FLOATS, negativeMin * minimum(from + 4, j + 1));
      for (int i = 0; i < SUB_BLOCK; i += Lanes.BYTE_LANES.length()) {
        ByteVector bytes =
            ByteVector.fromMemorySegment(
                Lanes.BYTE_LANES, NativeMemory.ALL, nibbles + i, Lanes.ORDER);
        ByteVector fifths =
            ByteVector.fromMemorySegment(
                Lanes.BYTE_LANES, NativeMemory.ALL, from + 16 + i, Lanes.ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          IntVector pair =
              (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          IntVector fifth =
              ((IntVector) fifths.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part))
                  .lanewise(VectorOperators.LSHR, j);
          IntVector low = pair.and(15).or(fifth.and(1).lanewise(VectorOperators.LSHL, 4));
          IntVector high =
              pair.lanewise(VectorOperators.LSHR, 4)
                  .or(fifth.and(2).lanewise(VectorOperators.LSHL, 3));
          FloatVector lows = (FloatVector) low.convert(VectorOperators.I2F, 0);
          FloatVector highs = (FloatVector) high.convert(VectorOperators.I2F, 0);
          long place = to + 4L * (i + part * Lanes.LENGTH);
          Lanes.store(lows.fma(lowStep, lowMin), place);
          Lanes.store(highs.fma(highStep, highMin), place + 4 * SUB_BLOCK);
        }
      }
    }
  }

  private static final class Q6 extends SuperBlockDecoder {
    private static final int HALF = 128;
    private static final int LEVELS = 32;

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      for (int i = 0; i < count; i += SIZE) {
        float d = half(from + 208);
        for (int half = 0; half < 2; half++) {
          long low = from + half * 64L;
          long high = from + HALF + half * 32L;
          long scales = from + 192 + half * 8L;
          decodeHalf(low, high, scales, d, target + 4L * (i + half * HALF));
        }
        from += 210;
      }
    }

    /// 128 numbers: four groups of 32 share the bytes of the upper two bits.
    private static void decodeHalf(long low, long high, long scales, float d, long to) {
      for (int i = 0; i < SUB_BLOCK; i += Lanes.BYTE_LANES.length()) {
        ByteVector first =
            ByteVector.fromMemorySegment(Lanes.BYTE_LANES, NativeMemory.ALL, low + i, Lanes.ORDER);
        ByteVector second =
            ByteVector.fromMemorySegment(
                Lanes.BYTE_LANES, NativeMemory.ALL, low + i + 32, Lanes.ORDER);
        ByteVector upper =
            ByteVector.fromMemorySegment(Lanes.BYTE_LANES, NativeMemory.ALL, high + i, Lanes.ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          int at = i + part * Lanes.LENGTH;
          long scale = scales + at / 16;
          long place = to + 4L * at;
          IntVector a =
              (IntVector) first.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          IntVector b =
              (IntVector) second.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          IntVector u =
              (IntVector) upper.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          IntVector q0 = a.and(15).or(u.and(3).lanewise(VectorOperators.LSHL, 4));
          IntVector q1 = b.and(15).or(u.and(12).lanewise(VectorOperators.LSHL, 2));
          IntVector q2 = a.lanewise(VectorOperators.LSHR, 4).or(u.and(48));
          IntVector q3 =
              b.lanewise(VectorOperators.LSHR, 4).or(u.and(192).lanewise(VectorOperators.LSHR, 2));
          put(q0, d * NativeMemory.getByte(scale), place);
          put(q1, d * NativeMemory.getByte(scale + 2), place + 4 * 32);
          put(q2, d * NativeMemory.getByte(scale + 4), place + 4 * 64);
          put(q3, d * NativeMemory.getByte(scale + 6), place + 4 * 96);
        }
      }
    }

    private static void put(IntVector q, float step, long to) {
      FloatVector zero = FloatVector.broadcast(Lanes.FLOATS, -LEVELS * step);
      FloatVector value = (FloatVector) q.convert(VectorOperators.I2F, 0);
      Lanes.store(value.fma(FloatVector.broadcast(Lanes.FLOATS, step), zero), to);
    }
  }
}
