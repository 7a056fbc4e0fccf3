package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RmsNormGradients;
import fathom.tensor.RowStorage;

/// Root-mean-square norm: `y = x / sqrt(mean(x²) + eps) · weight` (arXiv 1910.07467).
final class RmsNorm {
  private final Parameter weight;
  private final float eps;

  RmsNorm(ParameterSet parameters, String name, int size, float eps) {
    this.weight = parameters.vector(name + ".weight", Parameter.Role.NORM, size);
    this.eps = eps;
  }

  /// x `[tokens, width]` to y of the same size.
  public Variable forward(Tape tape, Variable x) {
    Variable y = tape.variable(x.rows(), x.columns());
    tape.kernels().rmsNorm(x.value(), weight.values(), eps, y.value());
    if (tape.isRecording()) {
      x.storeAs(RowStorage.BFLOAT16);
      tape.record(() -> backward(tape, x, y));
    }
    return y;
  }

  /// With `r = 1 / rms(x)` and `g = dy · weight`: `dx += r g - x r³ mean(g x)`.
  private void backward(Tape tape, Variable x, Variable y) {
    Matrix dWeight = weight.gradient();
    Matrix unused = dWeight == null ? tape.gradientMatrix(1, weight.columns()) : dWeight;
    tape.kernels()
        .rmsNormBackward(
            new RmsNormGradients(x.value(), weight.values(), y.gradient(), x.gradient(), unused),
            eps);
  }
}
