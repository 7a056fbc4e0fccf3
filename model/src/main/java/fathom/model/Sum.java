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
    tape.kernels().add(x.value(), y.value(), sum.value());
    tape.record(() -> backward(x, y, sum));
    return sum;
  }

  /// `dx += dSum`, `dy += dSum`. In every sum here all that y was made by lies on the tape between
  /// x's other uses and the sum, so all three may share one gradient: y's has been read when x's is
  /// added to.
  private static void backward(Variable x, Variable y, Variable sum) {
    y.shareGradient(sum);
    x.shareGradient(sum);
  }
}
