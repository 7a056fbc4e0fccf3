package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Float32 copies of small tensors: norms, biases, scales.
final class Floats {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Norms, biases and scales have some thousands of numbers, the router of DeepSeek-V3 1.8
  /// million.
  private static final long MAX_COPIED = 1L << 25;

  private Floats() {}

  static Matrix copy(Checkpoint checkpoint, WeightMatrix source, String name) {
    if (source.type() != DType.F16 && source.type() != DType.BF16) {
      throw checkpoint.fault(name, "expected F32, F16 or BF16 numbers, found " + source.type());
    }
    if ((long) source.rows() * source.columns() > MAX_COPIED) {
      throw checkpoint.fault(name, "expected a small tensor to copy as float32, found " + source);
    }
    Matrix target = Matrix.allocate(checkpoint.arena(), source.rows(), source.columns());
    MemorySegment bytes = source.segment();
    for (int row = 0; row < source.rows(); row++) {
      for (int column = 0; column < source.columns(); column++) {
        short bits = bytes.get(SHORT, 2 * ((long) row * source.columns() + column));
        target.set(
            row, column, source.type() == DType.F16 ? Float.float16ToFloat(bits) : bfloat(bits));
      }
    }
    return target;
  }

  static float bfloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
