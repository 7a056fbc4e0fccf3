package fathom.model;

/// The attention half of a decoder layer: x `[tokens, hidden]` to `[tokens, hidden]`, each token
/// looking at the ones before it in its sequence.
sealed interface Attention permits MultiHeadLatentAttention, GroupedQueryAttention {
  /// The layer's attention of a step; a cached step also writes the layer's cache.
  Variable forward(Step step, Variable x);
}
