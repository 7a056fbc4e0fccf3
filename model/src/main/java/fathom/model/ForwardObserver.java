package fathom.model;

import fathom.tensor.Matrix;

/// Looks on while a step runs; what it is given is valid only during the call.
public interface ForwardObserver {
  /// The residual stream `[tokens, hidden]` after `layer`: -1 is the embedding, the number of
  /// layers the state after the final norm (of the output rows alone).
  default void hidden(int layer, Matrix state) {}

  /// The experts that a mixture layer has chosen.
  default void routed(int layer, ExpertSelection selection) {}
}
