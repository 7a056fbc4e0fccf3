package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The formats without blocks: F32, F16, BF16 and FP8.
abstract class PlainCodec extends BlockCodec {
  private static final PlainCodec F32 = new F32();
  private static final PlainCodec F16 = new F16();
  private static final PlainCodec BF16 = new Bf16();
  private static final PlainCodec F8_E4M3 = new Fp8();

  private PlainCodec(DType type) {
    super(type);
  }

  static Codec of(DType type) {
    return switch (type) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case F8_E4M3 -> F8_E4M3;
      default -> throw new IllegalArgumentException("no plain format: " + type);
    };
  }

  abstract void encode(float value, MemorySegment s, long at);

  @Override
  public final boolean canQuantize() {
    return true;
  }

  @Override
  public final void quantize(
      float[] values, int start, int count, MemorySegment target, long offset) {
    for (int i = 0; i < count; i++) {
      encode(values[start + i], target, offset + (long) i * type().blockBytes());
    }
  }

  private static final class F32 extends PlainCodec {
    private F32() {
      super(DType.F32);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      out[o] = s.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
    }

    @Override
    void encode(float value, MemorySegment s, long at) {
      s.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
    }
  }

  private static final class F16 extends PlainCodec {
    private F16() {
      super(DType.F16);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      out[o] = f16(s, at, 0);
    }

    @Override
    void encode(float value, MemorySegment s, long at) {
      setF16(s, at, 0, value);
    }
  }

  private static final class Bf16 extends PlainCodec {
    private Bf16() {
      super(DType.BF16);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      out[o] = SmallFloats.bf16ToFloat((short) u16(s, at, 0));
    }

    @Override
    void encode(float value, MemorySegment s, long at) {
      s.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, SmallFloats.floatToBf16(value));
    }
  }

  private static final class Fp8 extends PlainCodec {
    private Fp8() {
      super(DType.F8_E4M3);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      out[o] = SmallFloats.fp8ToFloat((byte) u8(s, at, 0));
    }

    @Override
    void encode(float value, MemorySegment s, long at) {
      setU8(s, at, 0, SmallFloats.floatToFp8(value));
    }
  }
}
