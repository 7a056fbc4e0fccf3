package fathom.model;

/// The sum of two values: what a residual connection does.
final class Sum {
  private Sum() {}

  /// x + y; adds to x in place where nothing is recorded.
  static Variable forward(Tape tape, Variable x, Variable y) {
    if (!tape.isRecording()) {
      tape.kernels().addScaled(1, y.value(), x.value());
      return x;
    }
    Variable sum = tape.variable(x.rows(), x.columns());
    sum.value().copyFrom(x.value());
    tape.kernels().addScaled(1, y.value(), sum.value());
    tape.record(() -> backward(tape, x, y, sum));
    return sum;
  }

  /// `dx += dSum`, `dy += dSum`.
  private static void backward(Tape tape, Variable x, Variable y, Variable sum) {
    tape.kernels().addScaled(1, sum.gradient(), x.gradient());
    tape.kernels().addScaled(1, sum.gradient(), y.gradient());
  }
}
