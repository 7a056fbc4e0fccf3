package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;

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

  /// Writes the eight steps `d * scale` and, behind them, the eight `-dmin * minimum` of a block.
  private static void unpackScales(long from, float[] steps) {
    float d = half(from);
    float negativeMin = -half(from + 2);
    int low = NativeMemory.getInt(from + 4);
    int mins = NativeMemory.getInt(from + 8);
    int high = NativeMemory.getInt(from + 12);
    // Four six-bit numbers in the bytes of each word.
    int scales0 = low & 0x3f3f3f3f;
    int scales4 = (high & 0x0f0f0f0f) | ((low >>> 2) & 0x30303030);
    int minima0 = mins & 0x3f3f3f3f;
    int minima4 = ((high >>> 4) & 0x0f0f0f0f) | ((mins >>> 2) & 0x30303030);
    for (int j = 0; j < 4; j++) {
      steps[j] = d * ((scales0 >>> (8 * j)) & 63);
      steps[4 + j] = d * ((scales4 >>> (8 * j)) & 63);
      steps[8 + j] = negativeMin * ((minima0 >>> (8 * j)) & 63);
      steps[12 + j] = negativeMin * ((minima4 >>> (8 * j)) & 63);
    }
  }

  private static final class Q4 extends SuperBlockDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      for (int i = 0; i < count; i += SIZE) {
        unpackScales(from, heapScratch);
        for (int j = 0; j < SIZE / SUB_BLOCK; j += 2) {
          decodePair(from, j, heapScratch, target + 4L * (i + j * SUB_BLOCK));
        }
        from += 144;
      }
    }

    private static void decodePair(long from, int j, float[] steps, long to) {
      long nibbles = from + 16 + j * (SUB_BLOCK / 2L);
      FloatVector lowStep = FloatVector.broadcast(FLOATS, steps[j]);
      FloatVector lowMin = FloatVector.broadcast(FLOATS, steps[8 + j]);
      FloatVector highStep = FloatVector.broadcast(FLOATS, steps[j + 1]);
      FloatVector highMin = FloatVector.broadcast(FLOATS, steps[9 + j]);
      for (int i = 0; i < SUB_BLOCK; i += BYTE_LANES.length()) {
        ByteVector bytes = ByteVector.fromMemorySegment(BYTE_LANES, ALL, nibbles + i, ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          IntVector pair =
              (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          FloatVector low = (FloatVector) pair.and(15).convert(VectorOperators.I2F, 0);
          FloatVector high =
              (FloatVector) pair.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
          long place = to + 4L * (i + part * Lanes.LENGTH);
          low.fma(lowStep, lowMin).intoMemorySegment(ALL, place, ORDER);
          high.fma(highStep, highMin).intoMemorySegment(ALL, place + 4 * SUB_BLOCK, ORDER);
        }
      }
    }
  }

  private static final class Q5 extends SuperBlockDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      for (int i = 0; i < count; i += SIZE) {
        unpackScales(from, heapScratch);
        for (int j = 0; j < SIZE / SUB_BLOCK; j += 2) {
          decodePair(from, j, heapScratch, target + 4L * (i + j * SUB_BLOCK));
        }
        from += 176;
      }
    }

    private static void decodePair(long from, int j, float[] steps, long to) {
      long nibbles = from + 48 + j * (SUB_BLOCK / 2L);
      FloatVector lowStep = FloatVector.broadcast(FLOATS, steps[j]);
      FloatVector lowMin = FloatVector.broadcast(FLOATS, steps[8 + j]);
      FloatVector highStep = FloatVector.broadcast(FLOATS, steps[j + 1]);
      FloatVector highMin = FloatVector.broadcast(FLOATS, steps[9 + j]);
      for (int i = 0; i < SUB_BLOCK; i += BYTE_LANES.length()) {
        ByteVector bytes = ByteVector.fromMemorySegment(BYTE_LANES, ALL, nibbles + i, ORDER);
        ByteVector fifths = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 16 + i, ORDER);
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
          lows.fma(lowStep, lowMin).intoMemorySegment(ALL, place, ORDER);
          highs.fma(highStep, highMin).intoMemorySegment(ALL, place + 4 * SUB_BLOCK, ORDER);
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

    /// 128 numbers: four groups of 32 share the bytes of the upper two bits, the first and third as
    /// well as the second and fourth the bytes of the lower four.
    private static void decodeHalf(long low, long high, long scales, float d, long to) {
      decodeGroups(low, high, scales, d, to, 0);
      decodeGroups(low + 32, high, scales + 2, d, to + 4 * SUB_BLOCK, 2);
    }

    private static void decodeGroups(
        long low, long high, long scales, float d, long to, int shift) {
      for (int i = 0; i < SUB_BLOCK; i += BYTE_LANES.length()) {
        ByteVector nibbles = ByteVector.fromMemorySegment(BYTE_LANES, ALL, low + i, ORDER);
        ByteVector uppers = ByteVector.fromMemorySegment(BYTE_LANES, ALL, high + i, ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          int at = i + part * Lanes.LENGTH;
          float firstStep = d * NativeMemory.getByte(scales + at / 16);
          float secondStep = d * NativeMemory.getByte(scales + 4 + at / 16);
          IntVector pair =
              (IntVector) nibbles.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
          IntVector upper =
              ((IntVector) uppers.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part))
                  .lanewise(VectorOperators.LSHR, shift);
          IntVector first = pair.and(15).or(upper.and(3).lanewise(VectorOperators.LSHL, 4));
          IntVector second = pair.lanewise(VectorOperators.LSHR, 4).or(upper.and(48));
          long place = to + 4L * at;
          ((FloatVector) first.sub(LEVELS).convert(VectorOperators.I2F, 0))
              .mul(firstStep)
              .intoMemorySegment(ALL, place, ORDER);
          ((FloatVector) second.sub(LEVELS).convert(VectorOperators.I2F, 0))
              .mul(secondStep)
              .intoMemorySegment(ALL, place + 4 * 64, ORDER);
        }
      }
    }
  }
}
