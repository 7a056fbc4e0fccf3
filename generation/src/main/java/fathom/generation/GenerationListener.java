package fathom.generation;

/// Hears how a request goes. Calls come from the engine's thread in order and must return at once:
/// a listener that waits makes every user wait. Exactly one of [#onFinish] and [#onFailure] is the
/// last call. If a call throws, the request is cancelled and nothing more is reported.
@FunctionalInterface
public interface GenerationListener {
  /// The prompt is computed; `usage` has its hits and misses. Comes once.
  default void onPrefilled(Usage usage) {}

  /// The next token.
  void onToken(GeneratedToken token);

  /// The end.
  default void onFinish(GenerationResult result) {}

  /// The engine failed in the middle of the request.
  default void onFailure(GenerationException failure) {}
}
