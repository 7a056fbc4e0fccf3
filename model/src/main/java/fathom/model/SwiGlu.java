package fathom.model;

import fathom.tensor.Kernels;

/// The gated activation of all feed-forward layers here: `y = silu(gate) · up` (arXiv 2002.05202).
final class SwiGlu {
  private SwiGlu() {}

  /// gate and up `[tokens, width]` to y of the same size; overwrites gate where nothing is
  /// recorded.
  static Variable forward(Tape tape, Variable gate, Variable up) {
    if (!tape.isRecording()) {
      tape.kernels().siluMul(gate.value(), up.value(), gate.value());
      return gate;
    }
    Variable y = tape.variable(gate.rows(), gate.columns());
    tape.kernels().siluMul(gate.value(), up.value(), y.value());
    tape.record(() -> backward(tape.kernels(), gate, up, y));
    return y;
  }

  /// `dGate = dy · up · silu'(gate)`, `dUp = dy · silu(gate)`; both are used here alone.
  private static void backward(Kernels kernels, Variable gate, Variable up, Variable y) {
    if (!gate.takeGradient() || !up.takeGradient()) {
      throw new IllegalStateException("SwiGLU: expected inputs without gradient, found one");
    }
    kernels.siluMulBackward(gate.value(), up.value(), y.gradient(), gate.gradient(), up.gradient());
  }
}
