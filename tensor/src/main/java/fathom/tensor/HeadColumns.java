package fathom.tensor;

/// Which columns of a matrix belong to which head: head `h` has the `dim` columns that begin at
/// `offset + h * step`. A query row of MLA, `[nope | rope]` for each head, has for its rotary part
/// `offset = qkNopeHeadDim, step = qkNopeHeadDim + qkRopeHeadDim, dim = qkRopeHeadDim`.
public record HeadColumns(int heads, int offset, int step, int dim) {
  /// Heads side by side from column 0.
  public static HeadColumns packed(int heads, int dim) {
    return new HeadColumns(heads, 0, dim, dim);
  }

  /// First column of head `head`.
  public int first(int head) {
    return offset + head * step;
  }

  /// Columns that a matrix must have at least.
  public int width() {
    return heads == 0 ? 0 : first(heads - 1) + dim;
  }
}
