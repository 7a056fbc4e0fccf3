package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Q4_K and Q5_K: eight sub-blocks of 32 numbers, `x = d * scale * q - dmin * minimum`, with scales
/// and minima of six bits each, packed in 12 bytes.
final class SuperBlockMinimumCodec extends BlockCodec {
  private static final int SIZE = SuperBlockCodec.SIZE;
  private static final int SUB_BLOCK = 32;
  private static final int SCALES_AT = 4;
  private static final int FIFTH_BITS_AT = 16;

  private final boolean fifthBit;
  private final int nibblesAt;

  SuperBlockMinimumCodec(DType type, boolean fifthBit) {
    super(type);
    this.fifthBit = fifthBit;
    nibblesAt = fifthBit ? FIFTH_BITS_AT + 32 : 16;
  }

  @Override
  void decode(MemorySegment s, long at, float[] out, int o) {
    float d = f16(s, at, 0);
    float dmin = f16(s, at, 2);
    for (int j = 0; j < SIZE / SUB_BLOCK; j++) {
      float step = d * scale(s, at, j);
      float minimum = dmin * minimum(s, at, j);
      for (int i = 0; i < SUB_BLOCK; i++) {
        int nibble = bits(u8(s, at, nibblesAt + j / 2 * SUB_BLOCK + i), j % 2 * 4, 4);
        int high = fifthBit ? bits(u8(s, at, FIFTH_BITS_AT + i), j, 1) : 0;
        out[o + j * SUB_BLOCK + i] = step * (nibble | (high << 4)) - minimum;
      }
    }
  }

  /// Scales 0-3 are the low six bits of bytes 0-3; 4-7 have their low four bits in the low halves
  /// of bytes 8-11 and their upper two on top of bytes 0-3.
  static int scale(MemorySegment s, long at, int j) {
    if (j < 4) {
      return bits(u8(s, at, SCALES_AT + j), 0, 6);
    }
    int high = bits(u8(s, at, SCALES_AT + j - 4), 6, 2);
    return bits(u8(s, at, SCALES_AT + j + 4), 0, 4) | (high << 4);
  }

  /// As the scales, in bytes 4-7 and the high halves of bytes 8-11.
  static int minimum(MemorySegment s, long at, int j) {
    if (j < 4) {
      return bits(u8(s, at, SCALES_AT + j + 4), 0, 6);
    }
    int high = bits(u8(s, at, SCALES_AT + j), 6, 2);
    return bits(u8(s, at, SCALES_AT + j + 4), 4, 4) | (high << 4);
  }
}
