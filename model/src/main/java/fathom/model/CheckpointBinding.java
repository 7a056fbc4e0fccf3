package fathom.model;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.MalformedCheckpointException;
import fathom.checkpoint.TensorEntry;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import fathom.tensor.WeightMatrix;

/// Binds a declared model to the tensors of a checkpoint: matrices where they lie in the mapped
/// file, in the file's format; vectors and routers in float32.
final class CheckpointBinding {
  private final Checkpoint checkpoint;

  CheckpointBinding(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /// Binds one parameter.
  ///
  /// @throws MalformedCheckpointException if its tensor is missing, or the shape or format is not
  ///   what the configuration calls for
  void bind(Parameter parameter) {
    parameter.bind(weight(parameter));
  }

  /// The tensor of one parameter.
  WeightMatrix weight(Parameter parameter) {
    String name = parameter.name();
    TensorEntry tensor = checkpoint.tensor(name);
    requireShape(parameter, tensor);
    requireWeightFormat(name, tensor.type());
    if (parameter.isVector() || parameter.role() == Parameter.Role.ROUTER) {
      Matrix values = checkpoint.floats(name);
      return WeightMatrix.of(values);
    }
    if (tensor.shape().rank() == 2) {
      return checkpoint.weight(name);
    }
    return WeightMatrix.of(tensor.type(), parameter.rows(), parameter.columns(), tensor.segment());
  }

  /// A stack of matrices `[n, rows, columns]` counts as `[n · rows, columns]`.
  private void requireShape(Parameter parameter, TensorEntry tensor) {
    Shape found = tensor.shape();
    Shape expected = parameter.shape();
    boolean stack = found.rank() == 3 && expected.rank() == 2;
    Shape flat = stack ? Shape.of(found.dim(0) * found.dim(1), found.dim(2)) : found;
    if (!flat.equals(expected)) {
      throw fault(
          parameter.name(),
          "expected shape %s as the configuration says, found %s".formatted(expected, found));
    }
  }

  private void requireWeightFormat(String name, DType type) {
    switch (type) {
      case F64, I8, I16, I32, I64, U8, BOOL ->
          throw fault(name, "expected a format for weights, found " + type);
      default -> {}
    }
  }

  private MalformedCheckpointException fault(String key, String reason) {
    return MalformedCheckpointException.in(checkpoint.path(), key, reason);
  }
}
