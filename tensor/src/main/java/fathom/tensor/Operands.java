package fathom.tensor;

import java.util.List;

/// The checks at the door of every provider's operations: sizes that contradict each other are an
/// [IllegalArgumentException] with expected and found, before anything is computed.
public final class Operands {
  private Operands() {}

  /// Requires a matrix of exactly this size.
  public static void requireSize(String name, Matrix m, int rows, int columns) {
    if (m.rows() != rows || m.columns() != columns) {
      throw new IllegalArgumentException(
          "%s: expected %d x %d, found %d x %d"
              .formatted(name, rows, columns, m.rows(), m.columns()));
    }
  }

  /// Requires equal counts.
  public static void requireCount(String name, int expected, int found) {
    if (expected != found) {
      throw new IllegalArgumentException(
          "%s: expected %d, found %d".formatted(name, expected, found));
    }
  }

  /// Requires what `y = x wᵀ` needs.
  public static void requireMatmul(WeightMatrix w, Matrix x, Matrix y) {
    requireSize("matmul x", x, x.rows(), w.columns());
    requireSize("matmul y", y, x.rows(), w.rows());
  }

  /// Requires what `y += x w` needs.
  public static void requireTransposed(WeightMatrix w, Matrix x, Matrix y) {
    requireSize("transposed matmul x", x, x.rows(), w.rows());
    requireSize("transposed matmul y", y, x.rows(), w.columns());
  }

  /// Requires what `dw += dyᵀ x` needs.
  public static void requireOuter(Matrix dy, Matrix x, Matrix dw) {
    requireCount("outer product tokens", dy.rows(), x.rows());
    requireSize("outer product dw", dw, dy.columns(), x.columns());
  }

  /// Requires one weight for each group that maps x to y, and groups that cover the rows.
  public static void requireGroups(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    requireGroupRows(w, groups, x, y);
    requireWeights(w, y.columns(), x.columns());
  }

  /// Requires one weight for each group that, transposed, maps x to y, and groups that cover the
  /// rows.
  public static void requireTransposedGroups(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    requireGroupRows(w, groups, x, y);
    requireWeights(w, x.columns(), y.columns());
  }

  private static void requireGroupRows(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    requireCount("grouped weights", groups.groups(), w.size());
    requireCount("grouped rows of x", groups.rows(), x.rows());
    requireCount("grouped rows of y", groups.rows(), y.rows());
  }

  /// Requires that all weights have this size.
  private static void requireWeights(List<WeightMatrix> w, int rows, int columns) {
    for (int i = 0; i < w.size(); i++) {
      WeightMatrix weight = w.get(i);
      if (weight.rows() != rows || weight.columns() != columns) {
        throw new IllegalArgumentException(
            "weight %d: expected %d x %d, found %d x %d"
                .formatted(i, rows, columns, weight.rows(), weight.columns()));
      }
    }
  }

  /// Requires heads within the columns of `x` and `y`, a weight for each that maps x to y, and
  /// equal tokens.
  public static void requireHeads(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    requireHeadColumns(w, xHeads, x, yHeads, y);
    requireWeights(w, yHeads.dim(), xHeads.dim());
  }

  /// As [#requireHeads], for weights that map x to y transposed.
  public static void requireTransposedHeads(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    requireHeadColumns(w, xHeads, x, yHeads, y);
    requireWeights(w, xHeads.dim(), yHeads.dim());
  }

  private static void requireHeadColumns(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    requireCount("heads of x", w.size(), xHeads.heads());
    requireCount("heads of y", w.size(), yHeads.heads());
    requireCount("tokens", x.rows(), y.rows());
    requireWithin("x", xHeads, x);
    requireWithin("y", yHeads, y);
  }

  /// Requires that the heads' columns exist.
  public static void requireWithin(String name, HeadColumns heads, Matrix m) {
    if (heads.heads() > 0 && (heads.offset() < 0 || heads.width() > m.columns())) {
      throw new IllegalArgumentException(
          "%s: expected at least %d columns for its heads, found %d"
              .formatted(name, heads.width(), m.columns()));
    }
  }

  /// Requires what attention's forward needs.
  public static void requireAttention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    requireSize("attention q", q, q.rows(), shape.heads() * shape.keyDim());
    requireSize("attention out", out, q.rows(), shape.heads() * shape.valueDim());
    requireSize("attention logSumExp", logSumExp, q.rows(), shape.heads());
    for (int i = 0; i < spans.size(); i++) {
      AttentionSpan span = spans.get(i);
      if (span.firstRow() < 0 || span.rows() < 0 || span.firstRow() > q.rows() - span.rows()) {
        throw new IllegalArgumentException(
            "attention span: expected rows within 0..%d, found %d..%d"
                .formatted(q.rows(), span.firstRow(), span.firstRow() + span.rows()));
      }
      requireStored(shape, span);
    }
  }

  private static void requireStored(AttentionShape shape, AttentionSpan span) {
    KeyValueRows stored = span.stored();
    int bytes =
        switch (stored.type()) {
          case F32 -> 4;
          case F16, BF16 -> 2;
          default ->
              throw new IllegalArgumentException(
                  "stored rows: expected F32, F16 or BF16, found " + stored.type());
        };
    if (stored.pageRows() < 1 || span.startPosition() < 0) {
      throw new IllegalArgumentException(
          "attention span: expected a position from 0 and pages of at least 1 row, found %d and %d"
              .formatted(span.startPosition(), stored.pageRows()));
    }
    long needed = (long) shape.rowWidth() * bytes;
    if (stored.rowBytes() < needed) {
      throw new IllegalArgumentException(
          "stored rows: expected at least %d bytes a row, found %d"
              .formatted(needed, stored.rowBytes()));
    }
  }

  /// Requires what attention's backward needs.
  public static void requireAttentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    requireAttention(shape, spans, g.q(), g.out(), g.logSumExp());
    requireSize("attention dOut", g.dOut(), g.out().rows(), g.out().columns());
    requireSize("attention dQ", g.dQ(), g.q().rows(), g.q().columns());
    requireCount("attention dStored", spans.size(), g.dStored().size());
    for (int i = 0; i < spans.size(); i++) {
      Matrix dStored = g.dStored().get(i);
      int rows = spans.get(i).startPosition() + spans.get(i).rows();
      if (dStored.rows() < rows || dStored.columns() < shape.rowWidth()) {
        throw new IllegalArgumentException(
            "attention dStored: expected at least %d x %d, found %d x %d"
                .formatted(rows, shape.rowWidth(), dStored.rows(), dStored.columns()));
      }
    }
  }

  /// Requires as many ids as rows of `y`, each of them a row of the table.
  public static void requireGather(WeightMatrix table, int[] ids, Matrix y) {
    requireSize("gathered rows", y, ids.length, table.columns());
    for (int id : ids) {
      if (id < 0 || id >= table.rows()) {
        throw new IllegalArgumentException(
            "gathered rows: expected ids within 0..%d, found %d".formatted(table.rows() - 1, id));
      }
    }
  }

  /// Requires what rotation needs: even heads, and an angle for every position.
  public static void requireRope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    requireCount("rope positions", x.rows(), positions.length);
    requireWithin("rope x", heads, x);
    requireCount("rope pairs (half the head's columns)", table.cos().columns() * 2, heads.dim());
    requireSize("rope sin", table.sin(), table.cos().rows(), table.cos().columns());
    for (int position : positions) {
      if (position < 0 || position >= table.cos().rows()) {
        throw new IllegalArgumentException(
            "rope: expected positions within 0..%d, found %d"
                .formatted(table.cos().rows() - 1, position));
      }
    }
  }

  /// Requires RMSNorm's shapes.
  public static void requireRmsNorm(Matrix x, Matrix weight, Matrix y) {
    requireSize("rmsNorm weight", weight, 1, x.columns());
    requireSize("rmsNorm y", y, x.rows(), x.columns());
  }

  /// Requires a second matrix of the same size.
  public static void requireSame(String name, Matrix expected, Matrix found) {
    requireSize(name, found, expected.rows(), expected.columns());
  }

  /// Requires what RMSNorm's backward needs.
  public static void requireRmsNormBackward(RmsNormGradients g) {
    requireRmsNorm(g.x(), g.weight(), g.dy());
    requireSame("rmsNorm dx", g.x(), g.dx());
    requireSame("rmsNorm dWeight", g.weight(), g.dWeight());
  }

  /// Requires what siluMul's backward needs.
  public static void requireSiluMulBackward(
      Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    requireSame("siluMul up", gate, up);
    requireSame("siluMul dy", gate, dy);
    requireSame("siluMul dGate", gate, dGate);
    requireSame("siluMul dUp", gate, dUp);
  }

  /// Requires groups that cover the rows of dy and x, and a gradient for each.
  public static void requireGroupedOuter(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    requireCount("grouped gradients", groups.groups(), dw.size());
    requireCount("grouped rows of dy", groups.rows(), dy.rows());
    requireCount("grouped rows of x", groups.rows(), x.rows());
    for (int g = 0; g < dw.size(); g++) {
      requireSize("grouped outer product dw", dw.get(g), dy.columns(), x.columns());
    }
  }
}
