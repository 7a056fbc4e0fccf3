package fathom.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The gated multi-layer perceptron `down(silu(gate x) · up x)`: all of a dense layer, or the
/// shared experts of a mixture.
final class DenseFeedForward implements FeedForward {
  private final Linear gateProj;
  private final Linear upProj;
  private final Linear downProj;

  DenseFeedForward(ParameterSet parameters, String name, ModelConfig config, int width) {
    int hidden = config.hiddenSize();
    gateProj = new Linear(parameters, name + "gate_proj", width, hidden);
    upProj = new Linear(parameters, name + "up_proj", width, hidden);
    downProj = new Linear(parameters, name + "down_proj", hidden, width);
  }

  @Override
  public Variable forward(Step step, Variable x) {
    return forward(step.tape(), x);
  }

  Variable forward(Tape tape, Variable x) {
    GatedFeedForward whole = whole(tape);
    if (whole != null) {
      return whole.dense(tape, x);
    }
    LinearMaps maps = tape.maps(x);
    Variable gate = maps.add(gateProj); // [tokens, width]
    Variable up = maps.add(upProj);
    maps.run();
    return downProj.forward(tape, SwiGlu.forward(tape, gate, up));
  }

  /// The layer as one operation, where there is one.
  private @Nullable GatedFeedForward whole(Tape tape) {
    if (!tape.isRecording() || !gateProj.isBare() || !upProj.isBare() || !downProj.isBare()) {
      return null;
    }
    return GatedFeedForward.of(
        tape, List.of(gateProj.weight()), List.of(upProj.weight()), List.of(downProj.weight()));
  }
}
