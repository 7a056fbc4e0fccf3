package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Several linear maps of the same rows, computed as one operation, so that threads wait for each
/// other once. A tape has one, which is used again and again.
final class LinearMaps {
  private final Tape tape;
  private final List<Linear> maps = new ArrayList<>();
  private final List<WeightMatrix> weights = new ArrayList<>();
  private final List<Variable> results = new ArrayList<>();
  private final List<Matrix> outputs = new ArrayList<>();
  private @Nullable Variable x;

  LinearMaps(Tape tape) {
    this.tape = tape;
  }

  /// Begins maps of x.
  LinearMaps of(Variable newX) {
    maps.clear();
    weights.clear();
    results.clear();
    outputs.clear();
    x = newX;
    return this;
  }

  /// The result of one more map, which is there after [#run()].
  Variable add(Linear map) {
    if (x == null) {
      throw new IllegalStateException("linear maps: expected of() before add()");
    }
    Variable y = tape.variable(x.rows(), map.weight().rows());
    maps.add(map);
    weights.add(map.weight().weight());
    results.add(y);
    outputs.add(y.value());
    return y;
  }

  /// Computes all results.
  void run() {
    if (x == null) {
      throw new IllegalStateException("linear maps: expected of() before run()");
    }
    tape.kernels().matmulAll(weights, x.value(), outputs);
    for (int i = 0; i < maps.size(); i++) {
      maps.get(i).finish(tape, x, results.get(i));
    }
    x = null;
  }
}
