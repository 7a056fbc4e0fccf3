package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import org.jspecify.annotations.Nullable;

/// A linear map `y = x Wᵀ (+ b)`, in the format of the file; optionally with a low-rank adapter
/// beside it.
final class Linear {
  private final Parameter weight;
  private final @Nullable Parameter bias;
  private @Nullable LowRankAdapter adapter;

  /// A map from `columns` to `rows` numbers named `name`.
  Linear(ParameterSet parameters, String name, int rows, int columns, boolean withBias) {
    this(
        parameters.matrix(name + ".weight", Parameter.Role.MATRIX, rows, columns),
        withBias ? parameters.vector(name + ".bias", Parameter.Role.BIAS, rows) : null);
    parameters.register(name, this);
  }

  Linear(ParameterSet parameters, String name, int rows, int columns) {
    this(parameters, name, rows, columns, false);
  }

  Linear(Parameter weight, @Nullable Parameter bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /// The matrix `[out, in]`.
  public Parameter weight() {
    return weight;
  }

  /// Puts a low-rank adapter beside the matrix, or with null takes it away.
  void setAdapter(@Nullable LowRankAdapter newAdapter) {
    adapter = newAdapter;
  }

  /// Whether it is its matrix and nothing else.
  boolean isBare() {
    return bias == null && adapter == null;
  }

  /// x `[tokens, in]` to y `[tokens, out]`.
  public Variable forward(Tape tape, Variable x) {
    Variable y = tape.variable(x.rows(), weight.rows());
    tape.kernels().matmul(weight.weight(), x.value(), y.value());
    finish(tape, x, y);
    return y;
  }

  /// What comes after the product: bias, backward, adapter.
  void finish(Tape tape, Variable x, Variable y) {
    if (bias != null) {
      RowOperations.addToEachRow(bias.values(), y.value());
    }
    if (tape.isRecording()) {
      tape.record(() -> backward(tape, x, y));
    }
    if (adapter != null) {
      adapter.forward(tape, x, y);
    }
  }

  /// `dx += dy W`, `dW += dyᵀ x`, `db += Σ dy`.
  private void backward(Tape tape, Variable x, Variable y) {
    Kernels kernels = tape.kernels();
    boolean first = x.takeGradient();
    Matrix dx = x.gradient();
    Matrix dy = y.gradient();
    tape.pushGradients();
    if (first) {
      kernels.matmulTransposed(tape.plain(weight.weight()), dy, dx);
    } else {
      kernels.addMatmulTransposed(tape.plain(weight.weight()), dy, dx);
    }
    tape.popGradients();
    Matrix dWeight = weight.gradient();
    if (dWeight != null) {
      kernels.addOuterProduct(dy, x.value(), dWeight);
    }
    Matrix dBias = bias == null ? null : bias.gradient();
    if (dBias != null) {
      RowOperations.addSumOfRows(dy, dBias);
    }
  }
}
