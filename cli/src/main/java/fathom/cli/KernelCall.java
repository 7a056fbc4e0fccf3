package fathom.cli;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.GatedLayers;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.WeightMatrix;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One operation of the kernels and what it has to do at least.
///
/// @param kind what sort of operation
/// @param name what tells it from others: an operation, a product's weight format
/// @param work what it has to do
/// @param factor a product's weight; null for anything else
record KernelCall(Kind kind, String name, Work work, @Nullable Factor factor) {
  /// Sorts of operations.
  enum Kind {
    PRODUCTS,
    ATTENTION,
    ROWS
  }

  /// What an operation has to do.
  ///
  /// @param memoryBytes bytes of weights, stored keys and values: no cache holds them from one step
  ///   to the next
  /// @param activationBytes bytes of activations, read and written, which may be in a cache
  /// @param operations additions and multiplications; an exponential counts as sixteen
  record Work(double memoryBytes, double activationBytes, double operations) {}

  /// The weight of a product, or the first of several, and the rows that it is multiplied with.
  record Factor(WeightMatrix weight, int tokens, boolean isTransposed) {}

  /// Products `y = x wᵀ` of one x with each of some weights.
  static KernelCall product(List<WeightMatrix> weights, int tokens) {
    double inputs = weights.isEmpty() ? 0 : weights.getFirst().columns();
    return products(formats(weights) + rows(tokens), weights, tokens, inputs);
  }

  /// The product `y = x w`.
  static KernelCall transposed(WeightMatrix w, int tokens) {
    KernelCall call = product(List.of(w), tokens);
    return call.transposed();
  }

  /// Products of each head's part of x with its weight.
  static KernelCall heads(List<WeightMatrix> weights, int tokens) {
    double inputs = weights.stream().mapToDouble(WeightMatrix::columns).sum();
    return products(formats(weights) + " heads" + rows(tokens), weights, tokens, inputs);
  }

  private static KernelCall products(
      String name, List<WeightMatrix> weights, int tokens, double inputs) {
    double bytes = 0;
    double outputs = 0;
    double operations = 0;
    for (WeightMatrix w : weights) {
      bytes += w.bytes();
      outputs += w.rows();
      operations += 2.0 * tokens * w.rows() * w.columns();
    }
    Work work = new Work(bytes, Float.BYTES * tokens * (inputs + outputs), operations);
    return new KernelCall(Kind.PRODUCTS, name, work, factor(weights, tokens));
  }

  /// Products of groups of rows, each with its weight; weights without rows are not read.
  static KernelCall groups(List<WeightMatrix> weights, RowGroups groups) {
    double bytes = 0;
    double activations = 0;
    double operations = 0;
    int visited = 0;
    for (int g = 0; g < groups.groups(); g++) {
      if (groups.size(g) > 0) {
        WeightMatrix w = weights.get(g);
        visited++;
        bytes += w.bytes();
        activations += (double) Float.BYTES * groups.size(g) * (w.rows() + w.columns());
        operations += 2.0 * groups.size(g) * w.rows() * w.columns();
      }
    }
    int tokens = Math.ceilDiv(groups.rows(), Math.max(visited, 1));
    Work work = new Work(bytes, activations, operations);
    return new KernelCall(
        Kind.PRODUCTS, formats(weights) + " experts", work, factor(weights, tokens));
  }

  /// The same products the other way round: `y = x w`.
  KernelCall transposed() {
    Factor other = factor == null ? null : new Factor(factor.weight, factor.tokens, true);
    return new KernelCall(kind, name + " transposed", work, other);
  }

  /// `dyᵀ x`, added to the gradient of a weight.
  static KernelCall outer(String name, Matrix dy, Matrix x) {
    double rows = x.rows();
    double numbers = (double) dy.columns() * x.columns();
    double bytes = Float.BYTES * (rows * (dy.columns() + x.columns()) + 2 * numbers);
    return new KernelCall(Kind.PRODUCTS, name, new Work(0, bytes, 2 * rows * numbers), null);
  }

  /// Gated layers `down(silu(gate x) · up x)` as one operation, or their gradients: `passes` times
  /// the products of a forward pass.
  static KernelCall gated(String name, GatedLayers layers, int rows, int passes) {
    double numbers = 3.0 * layers.hidden() * layers.width();
    double kept = 2.0 * layers.hidden() + 2.0 * layers.width();
    Work work =
        new Work(
            Float.BYTES * numbers * layers.count(),
            Float.BYTES * kept * rows,
            passes * 2 * numbers * rows);
    return new KernelCall(Kind.PRODUCTS, name, work, null);
  }

  /// Attention of spans over what they have stored: each query with the keys and the weights with
  /// the values, `passes` times.
  static KernelCall attention(
      String name, AttentionShape shape, List<AttentionSpan> spans, int passes) {
    double stored = 0;
    double rows = 0;
    double pairs = 0;
    for (AttentionSpan span : spans) {
      double positions = span.startPosition() + (double) span.rows();
      stored += positions * span.stored().type().bytes(shape.rowWidth());
      rows += span.rows();
      pairs += span.rows() * (span.startPosition() + (span.rows() + 1) / 2.0) * shape.heads();
    }
    double width = shape.keyDim() + (double) shape.valueDim();
    double activations = Float.BYTES * rows * shape.heads() * width;
    return new KernelCall(
        Kind.ATTENTION, name, new Work(stored, activations, passes * 2 * pairs * width), null);
  }

  /// An operation on each number of some rows: numbers moved and operations for each.
  static KernelCall rows(String name, Matrix x, double moved, double operations) {
    double numbers = (double) x.rows() * x.columns();
    Work work = new Work(0, Float.BYTES * moved * numbers, operations * numbers);
    return new KernelCall(Kind.ROWS, name, work, null);
  }

  private static @Nullable Factor factor(List<WeightMatrix> weights, int tokens) {
    return weights.isEmpty() ? null : new Factor(weights.getFirst(), tokens, false);
  }

  private static String rows(int tokens) {
    return tokens == 1 ? ", 1 token" : ", " + tokens + " tokens";
  }

  private static String formats(List<WeightMatrix> weights) {
    TreeSet<String> formats = new TreeSet<>();
    weights.forEach(w -> formats.add(w.type().name()));
    return "product " + String.join("+", formats);
  }
}
