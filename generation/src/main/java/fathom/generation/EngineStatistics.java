package fathom.generation;

/// What an engine is doing and has done: one consistent picture, for metrics.
///
/// @param requests counts of requests
/// @param tokens counts of tokens
/// @param blocks use of the cache memory
/// @param steps counts and times of steps
/// @param waiting times that requests waited
/// @param speculation what drafting brings
public record EngineStatistics(
    Requests requests,
    Tokens tokens,
    Blocks blocks,
    Steps steps,
    Waiting waiting,
    Speculation speculation) {

  /// Counts of requests: the first two now, the others since the start.
  ///
  /// @param waiting not begun, or preempted and not yet resumed
  /// @param running in the batch
  /// @param finished ended of themselves
  /// @param cancelled ended by the caller
  /// @param failed ended by a failure of the engine
  /// @param rejected turned away because the queue was full
  /// @param preemptions times a running request had to give its blocks back
  public record Requests(
      int waiting,
      int running,
      long finished,
      long cancelled,
      long failed,
      long rejected,
      long preemptions) {}

  /// Counts of tokens since the start.
  ///
  /// @param prompt prompt tokens of all requests
  /// @param cacheHits those found in the cache
  /// @param diskHits those of the hits that came from disk
  /// @param computed rows computed at prefill, recomputation after preemption included
  /// @param generated tokens generated
  public record Tokens(long prompt, long cacheHits, long diskHits, long computed, long generated) {}

  /// Use of the cache memory, in blocks of 64 tokens.
  ///
  /// @param total blocks of the budget
  /// @param free unused
  /// @param cached used by no sequence, kept for later requests
  /// @param blockBytes bytes of one block
  /// @param diskBytes bytes of blocks on disk
  public record Blocks(int total, int free, int cached, long blockBytes, long diskBytes) {}

  /// Counts and times of steps since the start.
  ///
  /// @param steps steps run
  /// @param sequences sum of the sequences of all steps; divided by `steps` the mean batch size
  /// @param nanos time in steps
  public record Steps(long steps, long sequences, long nanos) {}

  /// Times that requests waited, in nanoseconds.
  ///
  /// @param requests requests that got their first token
  /// @param queuedNanos sum of the times from submission to the first step
  /// @param firstTokenNanos sum of the times from submission to the first token
  /// @param longestFirstTokenNanos the longest of them
  public record Waiting(
      long requests, long queuedNanos, long firstTokenNanos, long longestFirstTokenNanos) {}

  /// What drafting brings.
  ///
  /// @param available whether the model has a drafting module and the options allow it
  /// @param active whether drafting is on at the moment
  /// @param drafted tokens drafted
  /// @param accepted drafts that were what the model itself chose
  /// @param speedup measured tokens per second with drafting over those without; 0 if unknown
  public record Speculation(
      boolean available, boolean active, long drafted, long accepted, double speedup) {}
}
