package fathom.tensor.x86;

import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import org.jspecify.annotations.Nullable;

/// One product of a step, as addresses: a weight with some rows of x gives the same rows of y.
/// Reused, so that a step makes no garbage.
///
/// Sizes have been checked when it is set; what it points to is alive while the operation runs.
final class Product {
  private @Nullable WeightMatrix weight;
  private long x;
  private long xRowBytes;
  private long y;
  private long yRowBytes;
  private int tokens;

  /// How it is computed, and what that needs; set by the runner.
  ProductMethod method = UnsetMethod.UNSET;

  /// Whether y is added to.
  boolean add;

  /// Whether another product of the list packs x for this one, and the next for which this one's
  /// packed rows serve.
  boolean isSharing;

  @Nullable Product sharing;

  /// The weight with its rows as lanes, if it has been brought into that form; set by the runner.
  @Nullable LaneWeight lanes;

  int firstPackPart;
  int firstPart;
  long packed;

  /// Rows `first .. first + count - 1` of x and y.
  void set(WeightMatrix newWeight, Matrix xs, Matrix ys, int first, int count) {
    setColumns(newWeight, xs, 0, ys, 0);
    x += first * xRowBytes;
    y += first * yRowBytes;
    tokens = count;
  }

  /// All rows, from a column of x and of y on.
  void setColumns(WeightMatrix newWeight, Matrix xs, int xColumn, Matrix ys, int yColumn) {
    weight = newWeight;
    x = xs.address() + 4L * xColumn;
    xRowBytes = 4L * xs.stride();
    y = ys.address() + 4L * yColumn;
    yRowBytes = 4L * ys.stride();
    tokens = xs.rows();
  }

  /// The product's shape alone, to ask how it would be computed.
  void setShape(WeightMatrix newWeight, int count) {
    weight = newWeight;
    tokens = count;
  }

  WeightMatrix weight() {
    if (weight == null) {
      throw new IllegalStateException("product: not set");
    }
    return weight;
  }

  /// Whether it multiplies the same numbers as `other`, in the same way.
  boolean hasInputOf(Product other) {
    return x == other.x
        && xRowBytes == other.xRowBytes
        && tokens == other.tokens
        && method == other.method
        && weight().columns() == other.weight().columns();
  }

  LaneWeight lanes() {
    if (lanes == null) {
      throw new IllegalStateException("product: expected rows as lanes");
    }
    return lanes;
  }

  long x(int token) {
    return x + token * xRowBytes;
  }

  long xRowBytes() {
    return xRowBytes;
  }

  /// Some rows of x, of so many columns.
  void toRows(Rows rows, int token, int count, int columns) {
    rows.floats(x(token), xRowBytes, count, columns);
  }

  long y(int token) {
    return y + token * yRowBytes;
  }

  long yRowBytes() {
    return yRowBytes;
  }

  int tokens() {
    return tokens;
  }
}
