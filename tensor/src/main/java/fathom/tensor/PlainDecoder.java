package fathom.tensor;

import static fathom.tensor.Lanes.BYTE_LANES;
import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.Lanes.SHORT_LANES;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// The formats without blocks: F32, F16, BF16 and (unscaled) FP8.
///
/// F16 and FP8 are decoded by moving sign, exponent and mantissa to their places in a float32,
/// which is then too small by the difference of the exponents' biases: a multiplication by a power
/// of two puts that right, for subnormal numbers too. Infinities and NaN are put right afterwards.
abstract class PlainDecoder extends RowDecoder {
  private static final PlainDecoder F32 = new F32();
  private static final PlainDecoder F16 = new F16();
  private static final PlainDecoder BF16 = new Bf16();
  private static final PlainDecoder F8_E4M3 = new Fp8();

  private PlainDecoder() {}

  static RowDecoder of(DType type) {
    return switch (type) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case F8_E4M3 -> F8_E4M3;
      default -> throw new IllegalArgumentException("no plain format: " + type);
    };
  }

  /// Multiplies `count` floats in place.
  static void scale(long address, int count, float factor) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, address + 4L * i, ORDER)
          .mul(factor)
          .intoMemorySegment(ALL, address + 4L * i, ORDER);
    }
    for (int i = whole; i < count; i++) {
      NativeMemory.setFloat(address + 4L * i, NativeMemory.getFloat(address + 4L * i) * factor);
    }
  }

  private static final class F32 extends PlainDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      java.lang.foreign.MemorySegment.copy(ALL, source, ALL, target, 4L * count);
    }
  }

  private static final class F16 extends PlainDecoder {
    private static final int SIGN_EXPONENT_MANTISSA = 0x8fffe000;
    private static final int LARGEST_EXPONENT = 0x0f800000;

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      int step = SHORT_LANES.length();
      int i = 0;
      for (; i + step <= count; i += step) {
        ShortVector halves =
            ShortVector.fromMemorySegment(SHORT_LANES, ALL, source + 2L * i, ORDER);
        for (int part = 0; part < Lanes.SHORT_PARTS; part++) {
          IntVector moved =
              ((IntVector) halves.convertShape(VectorOperators.S2I, Lanes.INTS, part))
                  .lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 3)
                  .and(SIGN_EXPONENT_MANTISSA);
          IntVector bits = moved.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
          var special = moved.and(LARGEST_EXPONENT).compare(VectorOperators.EQ, LARGEST_EXPONENT);
          FloatVector value = bits.blend(bits.or(0x7f800000), special).reinterpretAsFloats();
          value.intoMemorySegment(ALL, target + 4L * (i + part * Lanes.LENGTH), ORDER);
        }
      }
      for (; i < count; i++) {
        float value = Float.float16ToFloat(NativeMemory.getShort(source + 2L * i));
        NativeMemory.setFloat(target + 4L * i, value);
      }
    }
  }

  private static final class Bf16 extends PlainDecoder {
    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      int step = SHORT_LANES.length();
      int whole = Lanes.worthwhile(count) / step * step;
      for (int i = 0; i < whole; i += step) {
        ShortVector halves =
            ShortVector.fromMemorySegment(SHORT_LANES, ALL, source + 2L * i, ORDER);
        for (int part = 0; part < Lanes.SHORT_PARTS; part++) {
          FloatVector value =
              ((IntVector) halves.convertShape(VectorOperators.S2I, Lanes.INTS, part))
                  .lanewise(VectorOperators.LSHL, 16)
                  .reinterpretAsFloats();
          value.intoMemorySegment(ALL, target + 4L * (i + part * Lanes.LENGTH), ORDER);
        }
      }
      for (int i = whole; i < count; i++) {
        float value = SmallFloats.bf16ToFloat(NativeMemory.getShort(source + 2L * i));
        NativeMemory.setFloat(target + 4L * i, value);
      }
    }
  }

  private static final class Fp8 extends PlainDecoder {
    private static final int SIGN_EXPONENT_MANTISSA = 0x87f00000;
    private static final int NAN = 0x07f00000;

    @Override
    void decode(long source, long target, int count, float[] heapScratch) {
      int step = BYTE_LANES.length();
      int i = 0;
      for (; i + step <= count; i += step) {
        ByteVector bytes = ByteVector.fromMemorySegment(BYTE_LANES, ALL, source + i, ORDER);
        for (int part = 0; part < Lanes.BYTE_PARTS; part++) {
          IntVector moved =
              ((IntVector) bytes.convertShape(VectorOperators.B2I, Lanes.INTS, part))
                  .lanewise(VectorOperators.LSHL, 24)
                  .lanewise(VectorOperators.ASHR, 4)
                  .and(SIGN_EXPONENT_MANTISSA);
          IntVector bits = moved.reinterpretAsFloats().mul(0x1p120f).reinterpretAsInts();
          var special = moved.and(NAN).compare(VectorOperators.EQ, NAN);
          FloatVector value = bits.blend(0x7fc00000, special).reinterpretAsFloats();
          value.intoMemorySegment(ALL, target + 4L * (i + part * Lanes.LENGTH), ORDER);
        }
      }
      for (; i < count; i++) {
        float value = SmallFloats.fp8ToFloat(NativeMemory.getByte(source + i));
        NativeMemory.setFloat(target + 4L * i, value);
      }
    }
  }
}
