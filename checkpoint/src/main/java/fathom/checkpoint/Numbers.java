package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.Shape;
import java.util.EnumSet;
import java.util.Set;

/// The rows of a checkpoint's tensors, FP8 ones with their scales.
final class Numbers {
  private static final Set<DType> NO_WEIGHTS =
      EnumSet.of(DType.F64, DType.I8, DType.I16, DType.I32, DType.I64, DType.U8, DType.BOOL);

  private Numbers() {}

  /// The rows of a tensor's last dimension.
  ///
  /// @throws MalformedCheckpointException if it does not hold weights, or rows of 2^31 or more
  static Rows of(Checkpoint source, TensorEntry tensor) {
    Shape shape = tensor.shape();
    long columns = shape.rank() == 0 ? 1 : shape.dim(shape.rank() - 1);
    if (NO_WEIGHTS.contains(tensor.type()) || columns > Integer.MAX_VALUE) {
      throw source.fault(
          tensor.name(), "expected rows of weights, found %s %s".formatted(tensor.type(), shape));
    }
    if (tensor.type() != DType.F8_E4M3) {
      return new Rows.OfTensor(tensor, (int) columns, null);
    }
    Fp8Blocks blocks = source.weight(tensor.name()).scales();
    return new Rows.OfTensor(tensor, (int) columns, blocks == null ? null : blocks.scaleInv());
  }

  /// The numbers of a vector as rows of one, so that they can be put into another order.
  static Rows ofVector(TensorEntry tensor) {
    return new Rows.OfTensor(tensor, 1, null);
  }
}
