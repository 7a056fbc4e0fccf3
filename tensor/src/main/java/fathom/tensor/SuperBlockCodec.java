package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// ggml's K-quants: super-blocks of 256 numbers, whose sub-blocks of 16 or 32 have small integer
/// scales (and minima) relative to one or two half-precision scales of the whole.
final class SuperBlockCodec {
  static final int SIZE = 256;

  private static final Codec Q2_K = new Q2();
  private static final Codec Q3_K = new Q3();
  private static final Codec Q4_K = new SuperBlockMinimumCodec(DType.Q4_K, false);
  private static final Codec Q5_K = new SuperBlockMinimumCodec(DType.Q5_K, true);
  private static final Codec Q6_K = new Q6KCodec();
  private static final Codec Q8_K = new Q8();

  private SuperBlockCodec() {}

  static Codec of(DType type) {
    return switch (type) {
      case Q2_K -> Q2_K;
      case Q3_K -> Q3_K;
      case Q4_K -> Q4_K;
      case Q5_K -> Q5_K;
      case Q6_K -> Q6_K;
      case Q8_K -> Q8_K;
      default -> throw new IllegalArgumentException("no K-quant: " + type);
    };
  }

  /// 16 bytes (scale | minimum << 4), 64 bytes of 2-bit numbers, d, dmin.
  private static final class Q2 extends BlockCodec {
    private Q2() {
      super(DType.Q2_K);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 80);
      float dmin = f16(s, at, 82);
      for (int i = 0; i < SIZE; i++) {
        int scale = u8(s, at, i / 16);
        int q = bits(u8(s, at, 16 + i / 128 * 32 + i % 32), i / 32 % 4 * 2, 2);
        out[o + i] = d * (scale & 15) * q - dmin * (scale >>> 4);
      }
    }
  }

  /// 32 bytes of third bits, 64 bytes of 2-bit numbers, 16 scales of 6 bits in 12 bytes, d.
  private static final class Q3 extends BlockCodec {
    private Q3() {
      super(DType.Q3_K);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 108);
      for (int i = 0; i < SIZE; i++) {
        int low = bits(u8(s, at, 32 + i / 128 * 32 + i % 32), i / 32 % 4 * 2, 2);
        int high = bits(u8(s, at, i % 32), i / 32, 1);
        out[o + i] = d * (scale(s, at + 96, i / 16) - 32) * (low + 4 * high - 4);
      }
    }

    /// Lower four bits in bytes 0-7 (first eight scales in the low halves), upper two in 8-11.
    private static int scale(MemorySegment s, long at, int j) {
      int low = bits(u8(s, at, j % 8), j / 8 * 4, 4);
      int high = bits(u8(s, at, 8 + j % 4), j / 4 * 2, 2);
      return low | (high << 4);
    }
  }

  /// A float32 scale, 256 bytes, and sums that decoding does not need.
  private static final class Q8 extends BlockCodec {
    private Q8() {
      super(DType.Q8_K);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = Float.intBitsToFloat(i32(s, at, 0));
      for (int i = 0; i < SIZE; i++) {
        out[o + i] = d * i8(s, at, 4 + i);
      }
    }
  }
}
