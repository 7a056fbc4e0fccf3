package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// ggml's i-quants with codebooks: groups of 8 (or 4) numbers are one point of a codebook, with
/// signs and a scale for each sub-block. Fathom reads them and does not write them: choosing points
/// well needs statistics of the activations.
abstract class GridCodec extends BlockCodec {
  private static final int SIZE = 256;
  private static final float IQ1_DELTA = 0.125f;
  private static final GridCodec IQ1_S = new Iq1S();
  private static final GridCodec IQ1_M = new Iq1M();
  private static final GridCodec IQ2_XXS = new Iq2Xxs();
  private static final GridCodec IQ2_XS = new Iq2Xs();
  private static final GridCodec IQ2_S = new Iq2S();
  private static final GridCodec IQ3_XXS = new Iq3Xxs();
  private static final GridCodec IQ3_S = new Iq3S();

  private GridCodec(DType type) {
    super(type);
  }

  static Codec of(DType type) {
    return switch (type) {
      case IQ1_S -> IQ1_S;
      case IQ1_M -> IQ1_M;
      case IQ2_XXS -> IQ2_XXS;
      case IQ2_XS -> IQ2_XS;
      case IQ2_S -> IQ2_S;
      case IQ3_XXS -> IQ3_XXS;
      case IQ3_S -> IQ3_S;
      default -> throw new IllegalArgumentException("no i-quant with a codebook: " + type);
    };
  }

  /// Seven sign bits and the eighth that makes their number even.
  private static int evenSigns(int bits) {
    return bits | ((Integer.bitCount(bits) & 1) << 7);
  }

  /// Writes one point: number i is negative where bit i of `signs` is set.
  private static void put(Codebook book, int index, int signs, float scale, float[] out, int o) {
    for (int i = 0; i < book.dimensions(); i++) {
      float value = scale * book.value(index, i);
      out[o + i] = bits(signs, i, 1) == 0 ? value : -value;
    }
  }

  /// d, then for each 32 numbers: 4 indices of 8 bits, 4 times 7 signs, a scale of 4 bits.
  private static final class Iq2Xxs extends GridCodec {
    private Iq2Xxs() {
      super(DType.IQ2_XXS);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 8; i++) {
        int group = 2 + i / 4 * 8;
        int word = i32(s, at, group + 4);
        float scale = d * (0.5f + (word >>> 28)) * 0.25f;
        int signs = evenSigns(bits(word, i % 4 * 7, 7));
        put(Codebook.IQ2_XXS, u8(s, at, group + i % 4), signs, scale, out, o + 8 * i);
      }
    }
  }

  /// d, 32 words (index of 9 bits, 7 signs), 16 scales of 4 bits.
  private static final class Iq2Xs extends GridCodec {
    private Iq2Xs() {
      super(DType.IQ2_XS);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 8; i++) {
        int word = u16(s, at, 2 + 2 * i);
        int nibble = bits(u8(s, at, 66 + i / 4), i / 2 % 2 * 4, 4);
        float scale = d * (0.5f + nibble) * 0.25f;
        put(Codebook.IQ2_XS, word & 511, evenSigns(word >>> 9), scale, out, o + 8 * i);
      }
    }
  }

  /// d, 32 low bytes of the indices, 32 bytes of signs, 8 bytes of high bits, 16 scales of 4 bits.
  private static final class Iq2S extends GridCodec {
    private Iq2S() {
      super(DType.IQ2_S);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 8; i++) {
        int high = bits(u8(s, at, 66 + i / 4), i % 4 * 2, 2);
        int index = u8(s, at, 2 + i) | (high << 8);
        int nibble = bits(u8(s, at, 74 + i / 4), i / 2 % 2 * 4, 4);
        float scale = d * (0.5f + nibble) * 0.25f;
        put(Codebook.IQ2_S, index, u8(s, at, 34 + i), scale, out, o + 8 * i);
      }
    }
  }

  /// d, 64 indices of 8 bits (points of 4), then for each 32 numbers 4 times 7 signs and a scale.
  private static final class Iq3Xxs extends GridCodec {
    private Iq3Xxs() {
      super(DType.IQ3_XXS);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 4; i++) {
        int word = i32(s, at, 66 + i / 8 * 4);
        float scale = d * (0.5f + (word >>> 28)) * 0.5f;
        int signs = evenSigns(bits(word, i / 2 % 4 * 7, 7)) >>> (i % 2 * 4);
        put(Codebook.IQ3_XXS, u8(s, at, 2 + i), signs, scale, out, o + 4 * i);
      }
    }
  }

  /// d, 64 low bytes of the indices, 8 bytes of ninth bits, 32 bytes of signs, 8 scales of 4 bits.
  private static final class Iq3S extends GridCodec {
    private Iq3S() {
      super(DType.IQ3_S);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 4; i++) {
        int high = bits(u8(s, at, 66 + i / 8), i % 8, 1);
        int index = u8(s, at, 2 + i) | (high << 8);
        int nibble = bits(u8(s, at, 106 + i / 16), i / 8 % 2 * 4, 4);
        int signs = u8(s, at, 74 + i / 2) >>> (i % 2 * 4);
        put(Codebook.IQ3_S, index, signs, d * (1 + 2 * nibble), out, o + 4 * i);
      }
    }
  }

  private static void putShifted(int index, float delta, float scale, float[] out, int o) {
    for (int i = 0; i < 8; i++) {
      out[o + i] = scale * (Codebook.IQ1_S.value(index, i) + delta);
    }
  }

  /// d, 32 low bytes of the indices, for each 32 numbers a word: 4 times 3 high bits, a scale of 3
  /// bits, the sign of the shift.
  private static final class Iq1S extends GridCodec {
    private Iq1S() {
      super(DType.IQ1_S);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      float d = f16(s, at, 0);
      for (int i = 0; i < SIZE / 8; i++) {
        int word = u16(s, at, 34 + i / 4 * 2);
        float scale = d * (2 * bits(word, 12, 3) + 1);
        int index = u8(s, at, 2 + i) | (bits(word, i % 4 * 3, 3) << 8);
        putShifted(index, (word & 0x8000) == 0 ? IQ1_DELTA : -IQ1_DELTA, scale, out, o + 8 * i);
      }
    }
  }

  /// 32 low bytes of the indices, 16 bytes of (3 high bits, sign of the shift) pairs, four words of
  /// four 3-bit scales, on top of which the four pieces of d lie.
  private static final class Iq1M extends GridCodec {
    private Iq1M() {
      super(DType.IQ1_M);
    }

    @Override
    void decode(MemorySegment s, long at, float[] out, int o) {
      int bits = 0;
      for (int i = 0; i < 4; i++) {
        bits |= bits(u16(s, at, 48 + 2 * i), 12, 4) << (4 * i);
      }
      float d = Float.float16ToFloat((short) bits);
      for (int i = 0; i < SIZE / 8; i++) {
        int high = bits(u8(s, at, 32 + i / 2), i % 2 * 4, 4);
        int three = bits(u16(s, at, 48 + i / 8 * 2), i / 2 % 4 * 3, 3);
        int index = u8(s, at, i) | ((high & 7) << 8);
        float delta = (high & 8) == 0 ? IQ1_DELTA : -IQ1_DELTA;
        putShifted(index, delta, d * (2 * three + 1), out, o + 8 * i);
      }
    }
  }
}
