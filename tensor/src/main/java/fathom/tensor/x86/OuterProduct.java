package fathom.tensor.x86;

import fathom.tensor.Matrix;

/// One product `dw += dyᵀ x` of a step, as addresses; reused. Its tokens are taken in chunks.
final class OuterProduct {
  private long dy;
  private long dyRowBytes;
  private long x;
  private long xRowBytes;
  private long dw;
  private long dwRowBytes;
  private int outputs;
  private int inputs;
  private int tokens;

  // The present chunk of tokens, and where its packed form lies.
  int chunkTokens;
  int firstPackPart;
  int firstPart;
  long packed;

  /// Rows `first .. first + count - 1` of dy and x.
  void set(Matrix dys, Matrix xs, Matrix dws, int first, int count) {
    dyRowBytes = 4L * dys.stride();
    xRowBytes = 4L * xs.stride();
    dwRowBytes = 4L * dws.stride();
    dy = dys.address() + first * dyRowBytes;
    x = xs.address() + first * xRowBytes;
    dw = dws.address();
    outputs = dys.columns();
    inputs = xs.columns();
    tokens = count;
  }

  void toDyRows(Rows rows, int token, int count) {
    rows.floats(dy + token * dyRowBytes, dyRowBytes, count, outputs);
  }

  void toXRows(Rows rows, int token, int count) {
    rows.floats(x + token * xRowBytes, xRowBytes, count, inputs);
  }

  void toSums(TileBlocks.Sums sums, int row, int column) {
    sums.set(dw + row * dwRowBytes + 4L * column, dwRowBytes, true);
  }

  int outputs() {
    return outputs;
  }

  int inputs() {
    return inputs;
  }

  int tokens() {
    return tokens;
  }
}
