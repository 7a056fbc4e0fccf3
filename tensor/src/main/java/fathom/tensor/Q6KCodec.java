package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Q6_K: sixteen sub-blocks of 16 numbers, `x = d * scale * (q - 32)`, with 8-bit scales.
final class Q6KCodec extends BlockCodec {
  private static final int SIZE = SuperBlockCodec.SIZE;
  private static final int SUB_BLOCK = 16;
  private static final int HIGH_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int D_AT = 208;

  Q6KCodec() {
    super(DType.Q6_K);
  }

  @Override
  void decode(MemorySegment s, long at, float[] out, int o) {
    float d = f16(s, at, D_AT);
    for (int j = 0; j < SIZE / SUB_BLOCK; j++) {
      float step = d * i8(s, at, SCALES_AT + j);
      for (int i = j * SUB_BLOCK; i < (j + 1) * SUB_BLOCK; i++) {
        int low = bits(u8(s, at, i / 128 * 64 + i % 64), i / 64 % 2 * 4, 4);
        int high = bits(u8(s, at, HIGH_AT + i / 128 * 32 + i % 32), i / 32 % 4 * 2, 2);
        out[o + i] = step * ((low | (high << 4)) - 32);
      }
    }
  }
}
