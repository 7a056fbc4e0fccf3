package fathom.model;

/// Two values side by side.
final class Concatenation {
  private Concatenation() {}

  /// x `[tokens, a]` and y `[tokens, b]` to `[tokens, a + b]`.
  static Variable forward(Tape tape, Variable x, Variable y) {
    Variable both = tape.variable(x.rows(), x.columns() + y.columns());
    Variable left = tape.columns(both, 0, x.columns());
    Variable right = tape.columns(both, x.columns(), y.columns());
    left.value().copyFrom(x.value());
    right.value().copyFrom(y.value());
    if (tape.isRecording()) {
      tape.record(() -> backward(tape, x, y, both));
    }
    return both;
  }

  /// Each gets the gradient of its columns.
  private static void backward(Tape tape, Variable x, Variable y, Variable both) {
    var gradient = both.gradient();
    tape.kernels().addScaled(1, gradient.columns(0, x.columns()), x.gradient());
    tape.kernels().addScaled(1, gradient.columns(x.columns(), y.columns()), y.gradient());
  }
}
