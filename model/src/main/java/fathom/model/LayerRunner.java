package fathom.model;

import fathom.tensor.Kernels;
import org.jspecify.annotations.Nullable;

/// Runs layers in training, either keeping all their activations for backward, or keeping only
/// their inputs and computing the rest again when backward gets there (arXiv 1604.06174): the
/// memory of one layer in place of all, for a third more arithmetic.
///
/// In both cases the gradients of a layer's inner values are given back when its backward is done.
final class LayerRunner implements AutoCloseable {
  private final @Nullable Tape inner;
  private final @Nullable Tape silent;

  LayerRunner(Kernels kernels, boolean recompute) {
    inner = recompute ? Tape.recording(kernels) : null;
    silent = recompute ? Tape.silent(kernels) : null;
  }

  /// x `[tokens, hidden]` through a layer.
  Variable forward(Step step, DecoderLayer layer, Variable x) {
    return inner == null || silent == null
        ? kept(step, layer, x)
        : recomputed(step, layer, x, new Tapes(inner, silent));
  }

  private static Variable kept(Step step, DecoderLayer layer, Variable x) {
    Tape tape = step.tape();
    tape.record(tape::popGradients);
    Variable y = layer.forward(step, x);
    tape.record(
        () -> {
          y.gradient();
          tape.pushGradients();
        });
    return y;
  }

  private record Tapes(Tape inner, Tape silent) {}

  private static Variable recomputed(Step step, DecoderLayer layer, Variable x, Tapes tapes) {
    tapes.silent.reset();
    Variable copy = tapes.silent.variable(x.rows(), x.columns());
    copy.value().copyFrom(x.value());
    Variable result = layer.forward(step.on(tapes.silent), copy);
    Variable y = step.tape().variable(x.rows(), x.columns());
    y.value().copyFrom(result.value());
    Step again = step.withoutCounting(tapes.inner);
    step.tape().record(() -> backward(again, layer, x, y));
    return y;
  }

  /// Runs the layer once more, this time recording, and its backward at once.
  private static void backward(Step step, DecoderLayer layer, Variable x, Variable y) {
    Tape tape = step.tape();
    tape.reset();
    Variable input = tape.variable(x.rows(), x.columns());
    input.value().copyFrom(x.value());
    Variable output = layer.forward(step, input);
    output.gradient().copyFrom(y.gradient());
    tape.backward();
    tape.kernels().addScaled(1, input.gradient(), x.gradient());
  }

  long allocatedBytes() {
    return inner == null || silent == null ? 0 : inner.allocatedBytes() + silent.allocatedBytes();
  }

  @Override
  public void close() {
    if (inner != null && silent != null) {
      inner.close();
      silent.close();
    }
  }
}
