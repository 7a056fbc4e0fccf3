package fathom.tensor;

/// Conversions of the floating-point formats that Java lacks: BF16 and FP8 (`float8_e4m3fn`).
public final class SmallFloats {
  /// Largest FP8 number.
  public static final float FP8_MAX = 448f;

  private static final float FP8_SMALLEST_NORMAL = 0x1p-6f;

  private SmallFloats() {}

  /// The BF16 number with these bits; exact.
  public static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// The bits of the nearest BF16 number, ties to even; a NaN stays a (quiet) NaN.
  public static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /// The FP8 number with these bits; exact. All exponent and mantissa bits set is NaN.
  public static float fp8ToFloat(byte bits) {
    int magnitude = bits & 0x7f;
    float value = magnitude == 0x7f ? Float.NaN : Float.intBitsToFloat(magnitude << 20) * 0x1p120f;
    return bits < 0 ? -value : value;
  }

  /// The bits of the nearest FP8 number, ties to even. What exceeds 448 becomes the largest number
  /// of its sign (a weight cannot be infinite); NaN stays NaN.
  public static byte floatToFp8(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (byte) (sign | 0x7f);
    }
    if (magnitude >= FP8_MAX) {
      return (byte) (sign | 0x7e);
    }
    if (magnitude < FP8_SMALLEST_NORMAL) {
      // Subnormals are multiples of 2^-9; rounding up to 8 gives the smallest normal's bits.
      return (byte) (sign | (int) Math.rint(magnitude * 0x1p9f));
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = (bits + 0x7ffff + ((bits >>> 20) & 1)) >>> 20;
    return (byte) (sign | Math.min(rounded - (120 << 3), 0x7e));
  }
}
