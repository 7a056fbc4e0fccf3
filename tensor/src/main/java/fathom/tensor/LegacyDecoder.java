package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// ggml's formats of 32 numbers: [LegacyCodec] says how they lie.
///
/// `d * (q - zero)` is computed as one fused `d * q - d * zero`: the subtrahend is exact (zero is a
/// power of two), and the fused operation rounds once, like the product.
abstract class LegacyDecoder extends RowDecoder {
  private static final int SIZE = 32;
  private static final RowDecoder Q8_0 = new Q8();
  private static final RowDecoder Q4_0 = new Q4(false);
  private static final RowDecoder Q4_1 = new Q4(true);
  private static final RowDecoder Q5_0 = new Q5(false);
  private static final RowDecoder Q5_1 = new Q5(true);
  private static final IntVector LANE = IntVector.zero(Lanes.INTS).addIndex(1);

  private LegacyDecoder() {}

  static RowDecoder of(DType type) {
    return switch (type) {
      case Q8_0 -> Q8_0;
      case Q4_0 -> Q4_0;
      case Q4_1 -> Q4_1;
      case Q5_0 -> Q5_0;
      case Q5_1 -> Q5_1;
      default -> throw new IllegalArgumentException("no legacy format: " + type);
    };
  }

  private static float half(long address) {
    return Float.float16ToFloat(NativeMemory.getShort(address));
  }

  private static final class Q8 extends LegacyDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      long to = target;
      long end = target + 4L * count;
      while (to < end) {
        float d = half(from);
        for (int i = 0; i < SIZE; i += BYTE_LANES.length()) {
          ByteVector bytes = ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + 2 + i, ORDER);
          for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
            IntVector q = (IntVector) bytes.convertShape(VectorOperators.B2I, Lanes.INTS, part);
            FloatVector value = ((FloatVector) q.convert(VectorOperators.I2F, 0)).mul(d);
            value.intoMemorySegment(ALL, to + 4L * (i + part * Lanes.LENGTH), ORDER);
          }
        }
        from += 34;
        to += 4 * SIZE;
      }
    }
  }

  private static final class Q4 extends LegacyDecoder {
    private final boolean minimum;
    private final int nibblesAt;

    private Q4(boolean minimum) {
      this.minimum = minimum;
      nibblesAt = minimum ? 4 : 2;
    }

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      long to = target;
      long end = target + 4L * count;
      while (to < end) {
        float d = half(from);
        float m = minimum ? half(from + 2) : -8 * d;
        FloatVector step = FloatVector.broadcast(FLOATS, d);
        FloatVector zero = FloatVector.broadcast(FLOATS, m);
        for (int i = 0; i < SIZE / 2; i += BYTE_LANES.length()) {
          ByteVector bytes =
              ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + nibblesAt + i, ORDER);
          for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
            IntVector pair =
                (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
            long place = to + 4L * (i + part * Lanes.LENGTH);
            FloatVector low = (FloatVector) pair.and(15).convert(VectorOperators.I2F, 0);
            low.fma(step, zero).intoMemorySegment(ALL, place, ORDER);
            FloatVector high =
                (FloatVector)
                    pair.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
            high.fma(step, zero).intoMemorySegment(ALL, place + 2 * SIZE, ORDER);
          }
        }
        from += nibblesAt + SIZE / 2;
        to += 4 * SIZE;
      }
    }
  }

  private static final class Q5 extends LegacyDecoder {
    private final boolean minimum;
    private final int bitsAt;

    private Q5(boolean minimum) {
      this.minimum = minimum;
      bitsAt = minimum ? 4 : 2;
    }

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      long from = source;
      long to = target;
      long end = target + 4L * count;
      while (to < end) {
        float d = half(from);
        float m = minimum ? half(from + 2) : -16 * d;
        FloatVector step = FloatVector.broadcast(FLOATS, d);
        FloatVector zero = FloatVector.broadcast(FLOATS, m);
        int fifth = NativeMemory.getInt(from + bitsAt);
        for (int i = 0; i < SIZE / 2; i += BYTE_LANES.length()) {
          ByteVector bytes =
              ByteVector.fromMemorySegment(BYTE_LANES, ALL, from + bitsAt + 4 + i, ORDER);
          for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
            int first = i + part * Lanes.LENGTH;
            IntVector pair =
                (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, part);
            IntVector bits =
                IntVector.broadcast(Lanes.INTS, fifth >>> first)
                    .lanewise(VectorOperators.LSHR, LANE);
            IntVector low = pair.and(15).or(bits.lanewise(VectorOperators.LSHL, 4).and(16));
            IntVector high =
                pair.lanewise(VectorOperators.LSHR, 4)
                    .or(bits.lanewise(VectorOperators.LSHR, 12).and(16));
            FloatVector lows = (FloatVector) low.convert(VectorOperators.I2F, 0);
            FloatVector highs = (FloatVector) high.convert(VectorOperators.I2F, 0);
            lows.fma(step, zero).intoMemorySegment(ALL, to + 4L * first, ORDER);
            highs.fma(step, zero).intoMemorySegment(ALL, to + 4L * first + 2 * SIZE, ORDER);
          }
        }
        from += bitsAt + 4 + SIZE / 2;
        to += 4 * SIZE;
      }
    }
  }
}
