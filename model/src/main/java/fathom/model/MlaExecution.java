package fathom.model;

/// Which of the two executions of multi-head latent attention serves a span of tokens.
public enum MlaExecution {
  /// Keys and values of all heads are made from the latents: fewest multiplications where many new
  /// tokens look at them.
  NAIVE,
  /// Queries are carried to the latents instead: nothing is made, so it is the way to decode.
  ABSORBED,
  /// Whichever takes fewer multiplications for the span.
  AUTO
}
