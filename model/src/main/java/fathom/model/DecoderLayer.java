package fathom.model;

/// One layer: `x += attention(norm(x)); x += feedForward(norm(x))`.
final class DecoderLayer {
  private final RmsNorm inputLayernorm;
  private final Attention selfAttention;
  private final RmsNorm postAttentionLayernorm;
  private final FeedForward mlp;

  DecoderLayer(
      RmsNorm inputLayernorm,
      Attention selfAttention,
      RmsNorm postAttentionLayernorm,
      FeedForward mlp) {
    this.inputLayernorm = inputLayernorm;
    this.selfAttention = selfAttention;
    this.postAttentionLayernorm = postAttentionLayernorm;
    this.mlp = mlp;
  }

  /// x `[tokens, hidden]` to the same; in place where nothing is recorded.
  Variable forward(Step step, Variable x) {
    Tape tape = step.tape();
    tape.push();
    Variable looked = selfAttention.forward(step, inputLayernorm.forward(tape, x));
    Variable y = Sum.forward(tape, x, looked);
    tape.pop();
    tape.push();
    Variable thought = mlp.forward(step, postAttentionLayernorm.forward(tape, y));
    Variable z = Sum.forward(tape, y, thought);
    tape.pop();
    return z;
  }
}
