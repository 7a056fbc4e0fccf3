package fathom.tensor;

import java.util.List;

/// The matrices of gated feed-forward layers `down(silu(gate x) · up x)` of one shape, a layer for
/// each group of rows: the experts of a mixture, or a single layer.
///
/// @param gate `[width, hidden]` each
/// @param up `[width, hidden]` each
/// @param down `[hidden, width]` each
public record GatedLayers(List<WeightMatrix> gate, List<WeightMatrix> up, List<WeightMatrix> down) {
  /// Checks that the matrices fit together.
  ///
  /// @throws IllegalArgumentException with expected and found if they do not
  public GatedLayers {
    gate = List.copyOf(gate);
    up = List.copyOf(up);
    down = List.copyOf(down);
    Operands.requireCount("gated layers: up", gate.size(), up.size());
    Operands.requireCount("gated layers: down", gate.size(), down.size());
    for (int i = 0; i < gate.size(); i++) {
      Operands.requireCount("gated layers: rows of up", gate.get(0).rows(), up.get(i).rows());
      Operands.requireCount("gated layers: rows of gate", gate.get(0).rows(), gate.get(i).rows());
      Operands.requireCount("gated layers: columns", gate.get(0).columns(), up.get(i).columns());
      Operands.requireCount("gated layers: columns", gate.get(0).columns(), gate.get(i).columns());
      Operands.requireCount("gated layers: down", gate.get(0).rows(), down.get(i).columns());
      Operands.requireCount("gated layers: down", gate.get(0).columns(), down.get(i).rows());
    }
  }

  /// Layers.
  public int count() {
    return gate.size();
  }

  /// Numbers that a layer takes and gives.
  public int hidden() {
    return gate.get(0).columns();
  }

  /// Numbers in the middle of a layer.
  public int width() {
    return gate.get(0).rows();
  }
}
