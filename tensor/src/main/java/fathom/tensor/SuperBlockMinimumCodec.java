package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Q4_K and Q5_K: eight sub-blocks of 32 numbers, `x = d * scale * q - dmin * minimum`, with scales
/// and minima of six bits each, packed in 12 bytes.
final class SuperBlockMinimumCodec extends BlockCodec {
  private static final int SIZE = SuperBlockCodec.SIZE;
  private static final int SUB_BLOCK = 32;
  private static final int SCALES_AT = 4;
  private static final int FIFTH_BITS_AT = 16;

  private static final int LARGEST_SCALE = 63;

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

  private void encode(ScaleSearch search, float[] x, int start, MemorySegment s, long at) {
    int levels = fifthBit ? 32 : 16;
    float[] scales = new float[SIZE / SUB_BLOCK];
    float[] minima = new float[SIZE / SUB_BLOCK];
    float largestScale = 0;
    float largestMinimum = 0;
    for (int j = 0; j < scales.length; j++) {
      search.withMinimum(x, start + j * SUB_BLOCK, SUB_BLOCK, levels, true);
      scales[j] = search.scale;
      minima[j] = search.minimum;
      largestScale = Math.max(largestScale, scales[j]);
      largestMinimum = Math.max(largestMinimum, minima[j]);
    }
    setF16(s, at, 0, largestScale / LARGEST_SCALE);
    setF16(s, at, 2, largestMinimum / LARGEST_SCALE);
    float d = f16(s, at, 0);
    float dmin = f16(s, at, 2);
    for (int j = 0; j < scales.length; j++) {
      int first = start + j * SUB_BLOCK;
      int scale = sixBits(scales[j], d);
      int minimum = sixBits(minima[j], dmin);
      int best = (scale << 8) | minimum;
      float least = Float.POSITIVE_INFINITY;
      for (int near = 0; near < 9; near++) {
        int sc = Math.clamp(scale + near / 3 - 1, 0, LARGEST_SCALE);
        int mn = Math.clamp(minimum + near % 3 - 1, 0, LARGEST_SCALE);
        float error = squaredError(x, first, d * sc, dmin * mn, levels);
        if (error < least) {
          least = error;
          best = (sc << 8) | mn;
        }
      }
      setScale(s, at, j, best >>> 8, best & 0xff);
    }
    encodeNumbers(x, start, s, at);
  }

  private static float squaredError(float[] x, int first, float step, float minimum, int levels) {
    float inverse = step == 0 ? 0 : 1 / step;
    float sum = 0;
    for (int i = first; i < first + SUB_BLOCK; i++) {
      int q = Math.clamp(Math.round((x[i] + minimum) * inverse), 0, levels - 1);
      float error = step * q - minimum - x[i];
      sum += error * error;
    }
    return sum;
  }

  private static int sixBits(float value, float unit) {
    return unit == 0 ? 0 : Math.clamp(Math.round(value / unit), 0, LARGEST_SCALE);
  }

  private static void setScale(MemorySegment s, long at, int j, int scale, int minimum) {
    if (j < 4) {
      setU8(s, at, SCALES_AT + j, scale);
      setU8(s, at, SCALES_AT + j + 4, minimum);
      return;
    }
    setU8(s, at, SCALES_AT + j + 4, (scale & 15) | ((minimum & 15) << 4));
    setU8(s, at, SCALES_AT + j - 4, u8(s, at, SCALES_AT + j - 4) | ((scale >>> 4) << 6));
    setU8(s, at, SCALES_AT + j, u8(s, at, SCALES_AT + j) | ((minimum >>> 4) << 6));
  }

  /// Rounds the numbers to the scales as stored.
  private void encodeNumbers(float[] x, int start, MemorySegment s, long at) {
    s.asSlice(at + FIFTH_BITS_AT, type().blockBytes() - FIFTH_BITS_AT).fill((byte) 0);
    for (int j = 0; j < SIZE / SUB_BLOCK; j++) {
      float step = f16(s, at, 0) * scale(s, at, j);
      float minimum = f16(s, at, 2) * minimum(s, at, j);
      for (int i = 0; i < SUB_BLOCK; i++) {
        float value = x[start + j * SUB_BLOCK + i] + minimum;
        int most = fifthBit ? 31 : 15;
        int q = step == 0 ? 0 : Math.clamp(Math.round(value / step), 0, most);
        int place = nibblesAt + j / 2 * SUB_BLOCK + i;
        setU8(s, at, place, u8(s, at, place) | ((q & 15) << (j % 2 * 4)));
        if (fifthBit) {
          setU8(s, at, FIFTH_BITS_AT + i, u8(s, at, FIFTH_BITS_AT + i) | ((q >>> 4) << j));
        }
      }
    }
  }
}
