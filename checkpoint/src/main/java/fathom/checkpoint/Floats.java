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

  private Floats() {}

  static Matrix copy(Checkpoint checkpoint, WeightMatrix source, String name) {
    if (source.type() != DType.F16 && source.type() != DType.BF16) {
      throw checkpoint.fault(name, "expected F32, F16 or BF16 numbers, found " + source.type());
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
