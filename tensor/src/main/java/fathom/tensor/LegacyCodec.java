package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// ggml's formats of 32 numbers with one scale, and in the `_1` formats a minimum as well.
///
/// Numbers are whole steps of the scale: `x = d * (q - zero)` or `x = d * q + m`. The lower four
/// bits of number i are in byte `i % 16`, in its low half for the first 16 numbers and in its high
/// half for the last 16; the fifth bits, if any, are 32 bits of their own.
final class LegacyCodec extends BlockCodec {
  private static final int SIZE = 32;
  private static final LegacyCodec Q4_0 = new LegacyCodec(DType.Q4_0, false, false);
  private static final LegacyCodec Q4_1 = new LegacyCodec(DType.Q4_1, true, false);
  private static final LegacyCodec Q5_0 = new LegacyCodec(DType.Q5_0, false, true);
  private static final LegacyCodec Q5_1 = new LegacyCodec(DType.Q5_1, true, true);

  private final boolean minimum;
  private final boolean fifthBit;
  private final int levels;
  private final int bitsAt;
  private final int nibblesAt;

  private LegacyCodec(DType type, boolean minimum, boolean fifthBit) {
    super(type);
    this.minimum = minimum;
    this.fifthBit = fifthBit;
    levels = fifthBit ? 32 : 16;
    bitsAt = minimum ? 4 : 2;
    nibblesAt = fifthBit ? bitsAt + 4 : bitsAt;
  }

  static Codec of(DType type) {
    return switch (type) {
      case Q4_0 -> Q4_0;
      case Q4_1 -> Q4_1;
      case Q5_0 -> Q5_0;
      case Q5_1 -> Q5_1;
      case Q8_0 -> ByteCodec.Q8_0;
      case Q8_1 -> ByteCodec.Q8_1;
      default -> throw new IllegalArgumentException("no legacy format: " + type);
    };
  }

  @Override
  void decode(MemorySegment s, long at, float[] out, int o) {
    float d = f16(s, at, 0);
    float m = minimum ? f16(s, at, 2) : 0;
    int high = fifthBit ? i32(s, at, bitsAt) : 0;
    for (int i = 0; i < SIZE; i++) {
      int nibble = bits(u8(s, at, nibblesAt + i % 16), i / 16 * 4, 4);
      int q = nibble | (bits(high, i, 1) << 4);
      out[o + i] = minimum ? d * q + m : d * (q - levels / 2);
    }
  }

  @Override
  public boolean canQuantize() {
    return true;
  }

  @Override
  public void quantize(float[] values, int start, int count, MemorySegment target, long offset) {
    type().bytes(count);
    ScaleSearch search = new ScaleSearch();
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE) {
      encode(search, values, start + i, q, target, offset + type().bytes(i));
    }
  }

  private void encode(ScaleSearch search, float[] x, int start, int[] q, MemorySegment s, long at) {
    int zero = minimum ? 0 : levels / 2;
    if (minimum) {
      search.withMinimum(x, start, SIZE, levels, false);
      setF16(s, at, 2, -search.minimum);
    } else {
      search.symmetric(x, start, SIZE, zero);
    }
    setF16(s, at, 0, search.scale);
    float d = f16(s, at, 0);
    float m = minimum ? f16(s, at, 2) : 0;
    for (int i = 0; i < SIZE; i++) {
      int nearest = d == 0 ? 0 : Math.round((x[start + i] - m) / d);
      q[i] = Math.clamp(nearest + zero, 0, levels - 1);
    }
    pack(q, s, at);
  }

  private void pack(int[] q, MemorySegment s, long at) {
    int high = 0;
    for (int i = 0; i < SIZE; i++) {
      high |= (q[i] >>> 4) << i;
    }
    for (int i = 0; fifthBit && i < 4; i++) {
      setU8(s, at, bitsAt + i, high >>> (8 * i));
    }
    for (int i = 0; i < 16; i++) {
      setU8(s, at, nibblesAt + i, (q[i] & 15) | (q[i + 16] << 4));
    }
  }

  /// The formats of 32 bytes with one scale; Q8_1 also holds a sum that decoding does not need.
  private static final class ByteCodec extends BlockCodec {
    private static final ByteCodec Q8_0 = new ByteCodec(DType.Q8_0);
    private static final ByteCodec Q8_1 = new ByteCodec(DType.Q8_1);

    private final int bytesAt;

    private ByteCodec(DType type) {
      super(type);
      bytesAt = type.blockBytes() - SIZE;
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE; i++) {
        out[o + i] = d * i8(s, at, bytesAt + i);
      }
    }

    @Override
    public boolean canQuantize() {
      return type() == DType.Q8_0;
    }

    @Override
    public void quantize(float[] values, int start, int count, MemorySegment target, long offset) {
      if (!canQuantize()) {
        super.quantize(values, start, count, target, offset);
        return;
      }
      type().bytes(count);
      for (int i = 0; i < count; i += SIZE) {
        encode(values, start + i, target, offset + type().bytes(i));
      }
    }

    private void encode(float[] x, int start, MemorySegment s, long at) {
      float largest = 0;
      for (int i = start; i < start + SIZE; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      float d = largest / 127;
      float inverse = d == 0 ? 0 : 1 / d;
      setF16(s, at, 0, d);
      for (int i = 0; i < SIZE; i++) {
        float q = x[start + i] * inverse;
        int magnitude = Math.round(Math.abs(q));
        setU8(s, at, bytesAt + i, q < 0 ? -magnitude : magnitude);
      }
    }
  }
}
