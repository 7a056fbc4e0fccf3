package fathom.tensor;

import java.lang.foreign.ValueLayout;

/// Forms in which rows of float32 numbers wait until they are needed again.
///
/// [#FP8] is what DeepSeek-V3 kept activations in (its report, section 3.3): e4m3 numbers with a
/// float32 scale for each *tile* of 128 neighbours in a row, found from the tile's own largest
/// number, so that one outlier costs its 127 neighbours precision and nobody else.
public enum RowStorage {
  /// Nothing is lost.
  FLOAT32,
  /// Rounded to 8 bits of mantissa.
  BFLOAT16,
  /// Rounded to 4 bits of mantissa, scaled by tiles of 1 x 128.
  FP8;

  /// Numbers that share a scale.
  public static final int TILE = 128;

  /// The largest number of a tile counts as no less, as in V3: tiles of zeros need a scale as well.
  private static final float SMALLEST = 1e-4f;

  /// Below 2^-6 numbers are multiples of 2^-9; so are the floats from here on, which round for us.
  private static final float SUBNORMAL_MAGIC = 0x1p14f;

  private static final int SUBNORMAL_MAGIC_BITS = Float.floatToRawIntBits(SUBNORMAL_MAGIC);
  private static final float SMALLEST_NORMAL = 0x1p-6f;
  private static final float[] FP8_NUMBERS = fp8Numbers();

  private static float[] fp8Numbers() {
    float[] numbers = new float[256];
    for (int bits = 0; bits < numbers.length; bits++) {
      numbers[bits] = SmallFloats.fp8ToFloat((byte) bits);
    }
    return numbers;
  }

  /// Bytes of a row of `columns` numbers.
  public long bytes(int columns) {
    return switch (this) {
      case FLOAT32 -> (long) columns * Float.BYTES;
      case BFLOAT16 -> (long) columns * Short.BYTES;
      case FP8 -> columns + (long) Math.ceilDiv(columns, TILE) * Float.BYTES;
    };
  }

  /// Writes the `columns` float32 numbers at the address `from` to the address `to`.
  public void encode(long from, int columns, long to) {
    switch (this) {
      case FLOAT32 -> copy(from, columns, to);
      case BFLOAT16 -> encodeBf16(from, columns, to);
      case FP8 -> {
        long at = to;
        for (int first = 0; first < columns; first += TILE) {
          int count = Math.min(TILE, columns - first);
          encodeTile(from + (long) first * Float.BYTES, count, at);
          at += Float.BYTES + count;
        }
      }
    }
  }

  /// Reads what [#encode] has written at the address `from` back to float32 at the address `to`.
  public void decode(long from, int columns, long to) {
    switch (this) {
      case FLOAT32 -> copy(from, columns, to);
      case BFLOAT16 -> decodeBf16(from, columns, to);
      case FP8 -> {
        long at = from;
        for (int first = 0; first < columns; first += TILE) {
          int count = Math.min(TILE, columns - first);
          decodeTile(at, count, to + (long) first * Float.BYTES);
          at += Float.BYTES + count;
        }
      }
    }
  }

  private static void copy(long from, int columns, long to) {
    for (int i = 0; i < columns; i++) {
      long at = (long) i * Float.BYTES;
      NativeMemory.setFloat(to + at, NativeMemory.getFloat(from + at));
    }
  }

  private static void encodeBf16(long from, int columns, long to) {
    for (int i = 0; i < columns; i++) {
      short bits = SmallFloats.floatToBf16(NativeMemory.getFloat(from + (long) i * Float.BYTES));
      NativeMemory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, to + (long) i * Short.BYTES, bits);
    }
  }

  private static void decodeBf16(long from, int columns, long to) {
    for (int i = 0; i < columns; i++) {
      short bits = NativeMemory.getShort(from + (long) i * Short.BYTES);
      NativeMemory.setFloat(to + (long) i * Float.BYTES, SmallFloats.bf16ToFloat(bits));
    }
  }

  /// A number that is none makes its tile's scale none, and so the whole tile: a loss that is no
  /// number still shows.
  private static void encodeTile(long from, int count, long to) {
    float largest = SMALLEST;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(NativeMemory.getFloat(from + (long) i * Float.BYTES)));
    }
    NativeMemory.setFloat(to, largest / SmallFloats.FP8_MAX);
    float inverse = SmallFloats.FP8_MAX / largest;
    for (int i = 0; i < count; i++) {
      float value = NativeMemory.getFloat(from + (long) i * Float.BYTES) * inverse;
      NativeMemory.ALL.set(ValueLayout.JAVA_BYTE, to + Float.BYTES + i, fp8(value));
    }
  }

  private static void decodeTile(long from, int count, long to) {
    float scale = NativeMemory.getFloat(from);
    for (int i = 0; i < count; i++) {
      int bits = NativeMemory.getByte(from + Float.BYTES + i) & 0xff;
      NativeMemory.setFloat(to + (long) i * Float.BYTES, FP8_NUMBERS[bits] * scale);
    }
  }

  /// [SmallFloats#floatToFp8] for numbers that hardly exceed 448, without its cases.
  private static byte fp8(float value) {
    float magnitude = Math.abs(value);
    int bits = Float.floatToRawIntBits(magnitude);
    int normal = ((bits + 0x7ffff + ((bits >>> 20) & 1)) >>> 20) - (120 << 3);
    int subnormal = Float.floatToRawIntBits(magnitude + SUBNORMAL_MAGIC) - SUBNORMAL_MAGIC_BITS;
    int code = magnitude < SMALLEST_NORMAL ? subnormal : Math.min(normal, 0x7e);
    return (byte) (code | ((Float.floatToRawIntBits(value) >>> 24) & 0x80));
  }
}
