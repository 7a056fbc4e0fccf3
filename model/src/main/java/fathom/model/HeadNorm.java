package fathom.model;

/// A norm of each head by itself, with one weight for all heads (Qwen 3's `q_norm` and `k_norm`).
final class HeadNorm {
  private final RmsNorm norm;
  private final int headDim;

  HeadNorm(ParameterSet parameters, String name, int headDim, float eps) {
    this.norm = new RmsNorm(parameters, name, headDim, eps);
    this.headDim = headDim;
  }

  /// x `[tokens, heads * headDim]` to the same; x must be no view. A head is a row of `[tokens *
  /// heads, headDim]`, and so is its gradient.
  Variable forward(Tape tape, Variable x) {
    Variable heads = tape.reshaped(x, x.rows() * (x.columns() / headDim), headDim);
    Variable normed = norm.forward(tape, heads);
    return tape.reshaped(normed, x.rows(), x.columns());
  }
}
