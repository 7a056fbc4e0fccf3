package fathom.tensor.x86;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.HeadColumns;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.WeightMatrix;
import java.util.List;

/// Checks that machine code needs beyond those of every provider: it has no bounds and no liveness
/// of its own, so nothing may reach it that points outside living memory.
final class Door {
  private Door() {}

  /// Requires memory that has not been freed.
  static void requireAlive(Matrix m) {
    if (!m.segment().scope().isAlive()) {
      throw new IllegalStateException(m + ": its memory has been freed");
    }
  }

  /// Requires memory that has not been freed.
  static void requireAlive(WeightMatrix w) {
    if (!w.segment().scope().isAlive()) {
      throw new IllegalStateException(w + ": its memory has been freed");
    }
    if (w.scales() != null) {
      requireAlive(w.scales().scaleInv());
    }
  }

  static void requireAlive(Matrix a, Matrix b, Matrix c) {
    requireAlive(a);
    requireAlive(b);
    requireAlive(c);
  }

  static void requireAlive(List<WeightMatrix> weights, Matrix x, Matrix y) {
    for (int i = 0; i < weights.size(); i++) {
      requireAlive(weights.get(i));
    }
    requireAlive(x);
    requireAlive(y);
  }

  /// Requires that nothing that backward reads or adds to has been freed.
  static void requireAlive(AttentionGradients g) {
    requireAlive(g.q());
    requireAlive(g.out());
    requireAlive(g.logSumExp());
    requireAlive(g.dOut());
    requireAlive(g.dQ());
    for (int i = 0; i < g.dStored().size(); i++) {
      requireAlive(g.dStored().get(i));
    }
  }

  /// Requires that no group has a negative size, which would let others reach outside.
  static void requireSizes(RowGroups groups) {
    for (int g = 0; g < groups.groups(); g++) {
      if (groups.size(g) < 0) {
        throw new IllegalArgumentException(
            "row groups: expected no negative size, found %d".formatted(groups.size(g)));
      }
    }
  }

  /// Requires columns within a stored row.
  static void requireReadable(AttentionShape shape) {
    if (shape.heads() < 1
        || shape.keyDim() < 1
        || shape.valueDim() < 1
        || shape.valueOffset() < 0) {
      throw new IllegalArgumentException(
          "attention: expected heads, keys and values of at least one column, found " + shape);
    }
  }

  /// Requires heads that lie one after the other, or all in the same place.
  static void requireForward(String name, HeadColumns heads) {
    if (heads.step() < 0 || heads.dim() < 0) {
      throw new IllegalArgumentException(
          "%s: expected heads from left to right, found %s".formatted(name, heads));
    }
  }
}
