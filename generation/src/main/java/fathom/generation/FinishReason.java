package fathom.generation;

/// Why a generation ended.
public enum FinishReason {
  /// An end token, a stop token or a stop string, or the grammar allowed nothing more.
  STOP,
  /// `max_tokens` reached, or the context is full.
  LENGTH,
  /// The caller cancelled.
  CANCELLED
}
