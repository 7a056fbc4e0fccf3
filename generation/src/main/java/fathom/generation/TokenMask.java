package fathom.generation;

/// Excludes tokens from the next choice, token by token.
interface TokenMask {
  /// Sets the logits of excluded tokens to negative infinity.
  ///
  /// @param tokensLeft tokens that the answer may still have, the next one included
  void apply(float[] logits, int tokensLeft);

  /// Goes on by a chosen token.
  void accept(int id);

  /// Whether the answer may end here.
  boolean complete();

  /// Whether the answer must end here: nothing more can follow.
  boolean exhausted();

  /// Whether there must be an answer under this mask, so that the model may not end before it
  /// begins.
  default boolean obliges() {
    return true;
  }
}
