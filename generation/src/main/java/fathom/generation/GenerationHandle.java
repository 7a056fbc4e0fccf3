package fathom.generation;

import java.util.concurrent.CompletableFuture;

/// A request on its way.
public interface GenerationHandle {
  /// Ends the request within one step; it then finishes as [FinishReason#CANCELLED]. Without effect
  /// once it has ended.
  void cancel();

  /// Whether the request has ended.
  boolean done();

  /// Waits for the end.
  ///
  /// @throws GenerationException if the engine failed
  GenerationResult await();

  /// The end as a future, completed after the listener's last call. Cancelling the future does not
  /// cancel the request.
  CompletableFuture<GenerationResult> result();
}
