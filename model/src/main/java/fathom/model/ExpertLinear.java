package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.WeightMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// The same linear map of every expert of a layer, each on its own group of rows.
final class ExpertLinear {
  private final int rows;
  private final int columns;
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<WeightMatrix> weights = new ArrayList<>();

  /// Maps from `columns` to `rows` numbers.
  ExpertLinear(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /// Declares the map of the next expert.
  void declare(ParameterSet set, String name) {
    parameters.add(set.matrix(name + ".weight", Parameter.Role.EXPERT, rows, columns));
  }

  /// The matrices of all experts.
  List<Parameter> parameters() {
    return parameters;
  }

  /// x `[slots, in]` to y `[slots, out]`.
  Variable forward(Tape tape, RowGroups groups, Variable x) {
    Variable y = tape.variable(x.rows(), rows);
    tape.kernels().groupedMatmul(weights(), groups, x.value(), y.value());
    if (tape.isRecording()) {
      tape.record(() -> backward(tape, groups, x, y));
    }
    return y;
  }

  /// For each group `dx += dy W`, `dW += dyᵀ x`.
  private void backward(Tape tape, RowGroups groups, Variable x, Variable y) {
    Kernels kernels = tape.kernels();
    boolean first = x.takeGradient();
    Matrix dx = x.gradient();
    Matrix dy = y.gradient();
    tape.pushGradients();
    List<WeightMatrix> plain = weights().stream().map(tape::plain).toList();
    if (first) {
      kernels.groupedMatmulTransposed(plain, groups, dy, dx);
    } else {
      kernels.addGroupedMatmulTransposed(plain, groups, dy, dx);
    }
    tape.popGradients();
    if (parameters.getFirst().gradient() != null) {
      List<Matrix> gradients = new ArrayList<>();
      for (Parameter parameter : parameters) {
        gradients.add(Objects.requireNonNull(parameter.gradient(), parameter.name()));
      }
      kernels.addGroupedOuterProduct(groups, dy, x.value(), gradients);
    }
  }

  private List<WeightMatrix> weights() {
    if (weights.isEmpty()) {
      for (Parameter parameter : parameters) {
        weights.add(parameter.weight());
      }
    }
    return weights;
  }
}
