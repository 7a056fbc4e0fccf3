package fathom.model;

import fathom.tensor.Kernels;
import org.jspecify.annotations.Nullable;

/// Runs layers in training with their [Activations] kept, stored in FP8 or computed again.
///
/// In all cases the gradients of a layer's inner values are given back when its backward is done.
final class LayerRunner implements AutoCloseable {
  private final @Nullable Tape inner;
  private final @Nullable Tape silent;
  private final @Nullable CompressedLayers compressed;

  LayerRunner(Kernels kernels, Activations activations) {
    boolean recompute = activations == Activations.RECOMPUTED;
    inner = recompute ? Tape.recording(kernels) : null;
    silent = recompute ? Tape.silent(kernels) : null;
    compressed = activations == Activations.FP8 ? new CompressedLayers(kernels) : null;
  }

  /// A new pass begins.
  void reset() {
    if (compressed != null) {
      compressed.reset();
    }
  }

  /// x `[tokens, hidden]` through a layer.
  Variable forward(Step step, DecoderLayer layer, Variable x) {
    if (compressed != null) {
      return compressed.forward(step, layer, x);
    }
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
    if (compressed != null) {
      return compressed.allocatedBytes();
    }
    return inner == null || silent == null ? 0 : inner.allocatedBytes() + silent.allocatedBytes();
  }

  @Override
  public void close() {
    if (inner != null && silent != null) {
      inner.close();
      silent.close();
    }
    if (compressed != null) {
      compressed.close();
    }
  }
}
