package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Formats whose numbers are looked up in a short table (IQ4_NL, IQ4_XS and the 4-bit floats MXFP4,
/// NVFP4) or are -1, 0 and 1 (the ternary TQ1_0 and TQ2_0).
abstract class TableCodec extends BlockCodec {
  private static final TableCodec IQ4_NL = new Iq4Nl();
  private static final TableCodec IQ4_XS = new Iq4Xs();
  private static final TableCodec MXFP4 = new Mxfp4();
  private static final TableCodec NVFP4 = new Nvfp4();
  private static final TableCodec TQ1_0 = new Tq1();
  private static final TableCodec TQ2_0 = new Tq2();

  private TableCodec(DType type) {
    super(type);
  }

  static Codec of(DType type) {
    return switch (type) {
      case IQ4_NL -> IQ4_NL;
      case IQ4_XS -> IQ4_XS;
      case MXFP4 -> MXFP4;
      case NVFP4 -> NVFP4;
      case TQ1_0 -> TQ1_0;
      case TQ2_0 -> TQ2_0;
      default -> throw new IllegalArgumentException("no format with a table: " + type);
    };
  }

  /// ggml's non-linear 4-bit levels (`kvalues_iq4nl`).
  private static int level(int nibble) {
    return switch (nibble) {
      case 0 -> -127;
      case 1 -> -104;
      case 2 -> -83;
      case 3 -> -65;
      case 4 -> -49;
      case 5 -> -35;
      case 6 -> -22;
      case 7 -> -10;
      case 8 -> 1;
      case 9 -> 13;
      case 10 -> 25;
      case 11 -> 38;
      case 12 -> 53;
      case 13 -> 69;
      case 14 -> 89;
      default -> 113;
    };
  }

  /// Twice the 4-bit float (E2M1) with these bits; there is no negative zero here.
  private static int doubledFloat4(int bits) {
    int doubled =
        switch (bits & 7) {
          case 5 -> 6;
          case 6 -> 8;
          case 7 -> 12;
          default -> bits & 7;
        };
    return bits < 8 ? doubled : -doubled;
  }

  /// Nibble `i` of 32 that lie in 16 bytes from byte `first`, the first half of them in the low
  /// halves.
  private static int nibble(MemorySegment s, long at, int first, int i) {
    return bits(u8(s, at, first + i % 16), i / 16 * 4, 4);
  }

  private static final class Iq4Nl extends TableCodec {
    private Iq4Nl() {
      super(DType.IQ4_NL);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < 32; i++) {
        out[o + i] = d * level(nibble(s, at, 2, i));
      }
    }
  }

  /// d, two upper bits of eight scales, four lower bits of them, nibbles.
  private static final class Iq4Xs extends TableCodec {
    private Iq4Xs() {
      super(DType.IQ4_XS);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int j = 0; j < 8; j++) {
        int low = bits(u8(s, at, 4 + j / 2), j % 2 * 4, 4);
        int high = bits(u16(s, at, 2), 2 * j, 2);
        float scale = d * ((low | (high << 4)) - 32);
        for (int i = 0; i < 32; i++) {
          out[o + 32 * j + i] = scale * level(nibble(s, at, 8 + 16 * j, i));
        }
      }
    }
  }

  /// An exponent (E8M0), then 4-bit floats (E2M1) of which the table holds the doubles.
  private static final class Mxfp4 extends TableCodec {
    private Mxfp4() {
      super(DType.MXFP4);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float half = halfPowerOfTwo(u8(s, at, 0));
      for (int i = 0; i < 32; i++) {
        out[o + i] = half * doubledFloat4(nibble(s, at, 1, i));
      }
    }

    /// 2 to the power of `exponent - 128`; the two smallest are subnormal.
    private static float halfPowerOfTwo(int exponent) {
      return Float.intBitsToFloat(exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23);
    }
  }

  /// Four FP8 scales without sign (UE4M3), then for each of them 16 4-bit floats in 8 bytes.
  private static final class Nvfp4 extends TableCodec {
    private Nvfp4() {
      super(DType.NVFP4);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      for (int j = 0; j < 4; j++) {
        int scale = u8(s, at, j) & 0x7f;
        float half = scale == 0x7f ? 0 : SmallFloats.fp8ToFloat((byte) scale) * 0.5f;
        for (int i = 0; i < 16; i++) {
          int nibble = bits(u8(s, at, 4 + 8 * j + i % 8), i / 8 * 4, 4);
          out[o + 16 * j + i] = half * doubledFloat4(nibble);
        }
      }
    }
  }

  /// Five numbers of base 3 in a byte (four in the last four bytes), scaled so that the next digit
  /// is what carries out of the byte when it is multiplied by three.
  private static final class Tq1 extends TableCodec {
    private static final int WIDE = 32 * 5;
    private static final int NARROW = WIDE + 16 * 5;

    private Tq1() {
      super(DType.TQ1_0);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 52);
      for (int i = 0; i < 256; i++) {
        out[o + i] = d * (digit(s, at, i) - 1);
      }
    }

    private static int digit(MemorySegment s, long at, int i) {
      if (i < WIDE) {
        return digit(u8(s, at, i % 32), i / 32);
      }
      if (i < NARROW) {
        return digit(u8(s, at, 32 + (i - WIDE) % 16), (i - WIDE) / 16);
      }
      return digit(u8(s, at, 48 + (i - NARROW) % 4), (i - NARROW) / 4);
    }

    private static int digit(int packed, int position) {
      int shifted = packed;
      for (int i = 0; i < position; i++) {
        shifted = (shifted * 3) & 0xff;
      }
      return (shifted * 3) >>> 8;
    }
  }

  private static final class Tq2 extends TableCodec {
    private Tq2() {
      super(DType.TQ2_0);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 64);
      for (int i = 0; i < 256; i++) {
        int q = bits(u8(s, at, i / 128 * 32 + i % 32), i / 32 % 4 * 2, 2);
        out[o + i] = d * (q - 1);
      }
    }
  }
}
