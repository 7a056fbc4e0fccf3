package fathom.model;

/// From the last layer's state to logits: the final norm (`model.norm`) and the head (`lm_head`),
/// or a multi-token-prediction module's `shared_head`.
final class LanguageModelHead {
  private final RmsNorm norm;
  private final Linear head;

  LanguageModelHead(RmsNorm norm, Parameter weight) {
    this.norm = norm;
    this.head = new Linear(weight, null);
  }

  /// The matrix `[vocabulary, hidden]`.
  public Parameter weight() {
    return head.weight();
  }

  /// The state that logits, and multi-token prediction, are made from.
  Variable norm(Tape tape, Variable x) {
    return norm.forward(tape, x);
  }

  /// Logits `[tokens, vocabulary]` of a normed state.
  Variable logits(Tape tape, Variable normed) {
    return head.forward(tape, normed);
  }
}
