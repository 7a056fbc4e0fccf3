package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Q6_K: sixteen sub-blocks of 16 numbers, `x = d * scale * (q - 32)`, with 8-bit scales.
final class Q6KCodec extends BlockCodec {
  private static final int SIZE = SuperBlockCodec.SIZE;
  private static final int SUB_BLOCK = 16;
  private static final int LEVELS = 32;
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

  @Override
  public boolean canQuantize() {
    return true;
  }

  @Override
  public void quantize(float[] values, int start, int count, MemorySegment target, long offset) {
    type().bytes(count);
    ScaleSearch search = new ScaleSearch();
    for (int i = 0; i < count; i += SIZE) {
      encode(search, values, start + i, target, offset + type().bytes(i));
    }
  }

  /// The largest sub-block scale becomes -128, so the sign of the whole scale makes up for it.
  private static void encode(ScaleSearch search, float[] x, int start, MemorySegment s, long at) {
    float[] scales = new float[SIZE / SUB_BLOCK];
    float farthest = 0;
    for (int j = 0; j < scales.length; j++) {
      search.symmetric(x, start + j * SUB_BLOCK, SUB_BLOCK, LEVELS);
      scales[j] = search.scale;
      farthest = Math.abs(scales[j]) > Math.abs(farthest) ? scales[j] : farthest;
    }
    s.asSlice(at, D_AT).fill((byte) 0);
    setF16(s, at, D_AT, farthest / -128);
    float d = f16(s, at, D_AT);
    for (int j = 0; j < scales.length; j++) {
      int scale = d == 0 ? 0 : bestScale(x, start + j * SUB_BLOCK, scales[j] / d, d);
      setU8(s, at, SCALES_AT + j, scale);
      for (int i = j * SUB_BLOCK; i < (j + 1) * SUB_BLOCK; i++) {
        float step = d * scale;
        int q = step == 0 ? 0 : Math.clamp(Math.round(x[start + i] / step), -LEVELS, LEVELS - 1);
        put(s, at, i, q + LEVELS);
      }
    }
  }

  /// The 8-bit scale near `wanted` whose rounding loses least.
  private static int bestScale(float[] x, int first, float wanted, float d) {
    int best = 0;
    float least = Float.POSITIVE_INFINITY;
    for (int near = -1; near <= 1; near++) {
      int scale = Math.clamp(Math.round(wanted) + near, -128, 127);
      float step = d * scale;
      float inverse = step == 0 ? 0 : 1 / step;
      float sum = 0;
      for (int i = first; i < first + SUB_BLOCK; i++) {
        int q = Math.clamp(Math.round(x[i] * inverse), -LEVELS, LEVELS - 1);
        sum += (step * q - x[i]) * (step * q - x[i]);
      }
      if (sum < least) {
        least = sum;
        best = scale;
      }
    }
    return best;
  }

  private static void put(MemorySegment s, long at, int i, int q) {
    int low = i / 128 * 64 + i % 64;
    int high = HIGH_AT + i / 128 * 32 + i % 32;
    setU8(s, at, low, u8(s, at, low) | ((q & 15) << (i / 64 % 2 * 4)));
    setU8(s, at, high, u8(s, at, high) | ((q >>> 4) << (i / 32 % 4 * 2)));
  }
}
