package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.List;

/// LoRA (arXiv 2106.09685): beside a frozen matrix W two narrow ones are trained, `y += s · (x Aᵀ)
/// Bᵀ` with A `[rank, in]` random and B `[out, rank]` zero at the start, so that training begins at
/// the model as it is.
final class LowRankAdapter {
  private final Linear a;
  private final Linear b;
  private final float scale;

  /// An adapter whose parameters are declared as `name.lora_A.weight` and `name.lora_B.weight`.
  ///
  /// @param scale factor on what the adapter adds: alpha / rank
  LowRankAdapter(ParameterSet parameters, String name, Parameter beside, int rank, float scale) {
    Parameter.Role random = Parameter.Role.MATRIX;
    this.a =
        new Linear(
            parameters.matrix(name + ".lora_A.weight", random, rank, beside.columns()), null);
    Parameter.Role role = Parameter.Role.ADAPTER_OUTPUT;
    this.b =
        new Linear(parameters.matrix(name + ".lora_B.weight", role, beside.rows(), rank), null);
    this.scale = scale;
  }

  /// Zeroed memory and gradients for both matrices.
  void allocate(Arena arena) {
    for (Parameter parameter : List.of(a(), b())) {
      parameter.allocate(arena, DType.F32);
      parameter.setGradient(Matrix.allocate(arena, parameter.rows(), parameter.columns()));
    }
  }

  Parameter a() {
    return a.weight();
  }

  Parameter b() {
    return b.weight();
  }

  /// Adds to y what the adapter makes of x.
  void forward(Tape tape, Variable x, Variable y) {
    Variable narrow = a.forward(tape, x);
    Variable wide = b.forward(tape, narrow);
    tape.kernels().addScaled(scale, wide.value(), y.value());
    if (tape.isRecording()) {
      tape.record(() -> tape.kernels().addScaled(scale, y.gradient(), wide.gradient()));
    }
  }

  /// The product that can be added to W: `dW = s · B A`, `[out, in]`.
  void addTo(Matrix dense) {
    Matrix left = b.weight().values();
    Matrix right = a.weight().values();
    for (int row = 0; row < dense.rows(); row++) {
      for (int column = 0; column < dense.columns(); column++) {
        double sum = 0;
        for (int k = 0; k < left.columns(); k++) {
          sum += (double) left.get(row, k) * right.get(k, column);
        }
        dense.set(row, column, (float) (dense.get(row, column) + scale * sum));
      }
    }
  }
}
