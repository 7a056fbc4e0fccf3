package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Writes rows of activations to cache blocks, and reads them back, in the format of the cache.
final class CacheRows {
  private CacheRows() {}

  /// Writes `[left | right]` of every row of the step to its place in the cache of `layer`.
  static void write(Step step, int layer, Matrix left, Matrix right) {
    List<Span> spans = step.spans();
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      DType type = span.cache().layout().type();
      for (int row = 0; row < span.rows(); row++) {
        long to = span.cache().rowAddress(layer, span.startPosition() + row);
        int from = span.firstRow() + row;
        store(left.rowAddress(from), left.columns(), to, type);
        store(right.rowAddress(from), right.columns(), to + type.bytes(left.columns()), type);
      }
    }
  }

  /// Reads the first rows of a layer's cache, `[left | right]` each, into two matrices.
  static void read(BlockTable cache, int layer, Matrix left, Matrix right) {
    DType type = cache.layout().type();
    for (int row = 0; row < left.rows(); row++) {
      long from = cache.rowAddress(layer, row);
      load(from, type, left.rowAddress(row), left.columns());
      load(from + type.bytes(left.columns()), type, right.rowAddress(row), right.columns());
    }
  }

  private static void store(long from, int count, long to, DType type) {
    switch (type) {
      case F32 -> copy(from, to, (long) count * Float.BYTES);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          putShort(to, i, toBf16(NativeMemory.getFloat(from + (long) i * Float.BYTES)));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          float value = NativeMemory.getFloat(from + (long) i * Float.BYTES);
          putShort(to, i, Float.floatToFloat16(Math.clamp(value, -65504f, 65504f)));
        }
      }
      default -> throw unsupported(type);
    }
  }

  private static void load(long from, DType type, long to, int count) {
    switch (type) {
      case F32 -> copy(from, to, (long) count * Float.BYTES);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          int bits = NativeMemory.getShort(from + (long) i * Short.BYTES) << 16;
          NativeMemory.setFloat(to + (long) i * Float.BYTES, Float.intBitsToFloat(bits));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          short bits = NativeMemory.getShort(from + (long) i * Short.BYTES);
          NativeMemory.setFloat(to + (long) i * Float.BYTES, Float.float16ToFloat(bits));
        }
      }
      default -> throw unsupported(type);
    }
  }

  private static void copy(long from, long to, long bytes) {
    MemorySegment.copy(NativeMemory.ALL, from, NativeMemory.ALL, to, bytes);
  }

  private static void putShort(long address, int index, short bits) {
    NativeMemory.ALL.set(
        ValueLayout.JAVA_SHORT_UNALIGNED, address + (long) index * Short.BYTES, bits);
  }

  /// Round to nearest, ties to even; a NaN stays one.
  private static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static IllegalArgumentException unsupported(DType type) {
    return new IllegalArgumentException("cache: expected F32, F16 or BF16, found " + type);
  }
}
