package fathom.model;

/// The feed-forward half of a decoder layer: x `[tokens, hidden]` to `[tokens, hidden]`, each token
/// by itself.
sealed interface FeedForward permits DenseFeedForward, MixtureOfExperts {
  Variable forward(Step step, Variable x);
}
