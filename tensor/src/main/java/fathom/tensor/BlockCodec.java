package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A codec that works block by block.
abstract class BlockCodec implements Codec {
  private final DType type;

  BlockCodec(DType type) {
    this.type = type;
  }

  @Override
  public final DType type() {
    return type;
  }

  @Override
  public final void dequantize(
      MemorySegment source, long offset, float[] target, int start, int count) {
    type.bytes(count);
    long at = offset;
    for (int i = 0; i < count; i += type.blockSize()) {
      decode(source, at, target, start + i);
      at += type.blockBytes();
    }
  }

  /// Decodes the block at byte `at` into `out[o ..]`.
  abstract void decode(MemorySegment s, long at, float[] out, int o);

  /// Byte `i` of the block at `at`, without sign.
  static int u8(MemorySegment s, long at, int i) {
    return s.get(ValueLayout.JAVA_BYTE, at + i) & 0xff;
  }

  /// Byte `i` of the block at `at`, with sign.
  static int i8(MemorySegment s, long at, int i) {
    return s.get(ValueLayout.JAVA_BYTE, at + i);
  }

  /// The 16 bits at byte `i`, without sign.
  static int u16(MemorySegment s, long at, int i) {
    return s.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + i) & 0xffff;
  }

  /// The 32 bits at byte `i`.
  static int i32(MemorySegment s, long at, int i) {
    return s.get(ValueLayout.JAVA_INT_UNALIGNED, at + i);
  }

  /// The half-precision number at byte `i`.
  static float f16(MemorySegment s, long at, int i) {
    return Float.float16ToFloat(s.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + i));
  }

  /// `count` bits of `value` from bit `first` on.
  static int bits(int value, int first, int count) {
    return (value >>> first) & ((1 << count) - 1);
  }

  /// Stores a number in half precision.
  static void setF16(MemorySegment s, long at, int i, float value) {
    s.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + i, Float.floatToFloat16(value));
  }

  /// Stores the low 8 bits of `value`.
  static void setU8(MemorySegment s, long at, int i, int value) {
    s.set(ValueLayout.JAVA_BYTE, at + i, (byte) value);
  }
}
