package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/// Layers whose activations are small between forward and backward: all layers work in the same
/// memory, one after the other, and what a layer has left there is stored in 8 bits a number (what
/// must not be rounded so much, in 16 or 32: [Variable#storage()]) until its backward.
final class CompressedLayers implements AutoCloseable {
  private final Kernels kernels;
  private final Workspace values = new Workspace();
  private final Workspace gradients = new Workspace();
  private final Workspace kept = new Workspace();
  private final List<Tape> tapes = new ArrayList<>();
  private int next;

  CompressedLayers(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Forgets what is stored: a new pass begins.
  void reset() {
    kept.reset();
    next = 0;
  }

  /// The ends of a layer, on the tape of the pass and on its own.
  private record Ends(Variable x, Variable y, Variable input, Variable output) {}

  /// x `[tokens, hidden]` through a layer.
  Variable forward(Step step, DecoderLayer layer, Variable x) {
    Tape tape = nextTape();
    tape.reset();
    Variable input = tape.variable(x.rows(), x.columns());
    input.value().copyFrom(x.value());
    Variable output = layer.forward(step.on(tape), input);
    Variable y = step.tape().variable(x.rows(), x.columns());
    y.value().copyFrom(output.value());
    StoredValues stored = StoredValues.of(tape, input, output, kept);
    Ends ends = new Ends(x, y, input, output);
    step.tape().record(() -> backward(tape, stored, ends));
    return y;
  }

  private void backward(Tape tape, StoredValues stored, Ends ends) {
    gradients.reset();
    stored.restore();
    ends.input.value().copyFrom(ends.x.value());
    ends.output.gradient().copyFrom(ends.y.gradient());
    tape.backward();
    tape.kernels().addScaled(1, ends.input.gradient(), ends.x.gradient());
  }

  private Tape nextTape() {
    if (next == tapes.size()) {
      tapes.add(Tape.recording(kernels, values, gradients));
    }
    return tapes.get(next++);
  }

  long allocatedBytes() {
    return values.allocatedBytes() + gradients.allocatedBytes() + kept.allocatedBytes();
  }

  @Override
  public void close() {
    values.close();
    gradients.close();
    kept.close();
  }
}
