package fathom.generation;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;

/// How an engine is set up.
///
/// @param contextTokens longest prompt and answer together
/// @param batch what runs and waits at the same time
/// @param cache memory and disk for cache blocks
/// @param speculation whether the multi-token-prediction module drafts, where the model has one
/// @param seed from which the seeds of requests without one are drawn
/// @param nanoTime the clock, as `System::nanoTime`
public record EngineOptions(
    int contextTokens,
    BatchOptions batch,
    CacheOptions cache,
    boolean speculation,
    long seed,
    LongSupplier nanoTime) {

  /// Checks the ranges.
  public EngineOptions {
    require(contextTokens > 0, "context", contextTokens);
  }

  /// What runs and waits at the same time.
  ///
  /// @param maxSequences sequences that run in one step
  /// @param prefillTokens prompt tokens of one step; a multiple of 64
  /// @param maxWaiting requests that may wait; more are turned away
  public record BatchOptions(int maxSequences, int prefillTokens, int maxWaiting) {
    /// Sixteen sequences, 256 prompt tokens a step, 1024 waiting requests.
    public static final BatchOptions DEFAULT = new BatchOptions(16, 256, 1024);

    /// Checks the ranges.
    public BatchOptions {
      require(maxSequences > 0, "max sequences", maxSequences);
      require(prefillTokens > 0 && prefillTokens % 64 == 0, "prefill tokens", prefillTokens);
      require(maxWaiting > 0, "max waiting", maxWaiting);
    }
  }

  /// Memory and disk for cache blocks.
  ///
  /// @param memoryBytes budget for all cache blocks, those of running sequences included
  /// @param disk where blocks outlive the process; empty keeps them in memory only
  public record CacheOptions(long memoryBytes, Optional<DiskOptions> disk) {
    /// Checks the range.
    public CacheOptions {
      require(memoryBytes > 0, "cache bytes", memoryBytes);
    }

    /// Memory only.
    public static CacheOptions memory(long bytes) {
      return new CacheOptions(bytes, Optional.empty());
    }
  }

  /// Where blocks outlive the process.
  ///
  /// @param directory used by one engine at a time
  /// @param maxBytes largest size of all its files
  /// @param modelFingerprint identifies the weights: blocks of other weights are never used
  public record DiskOptions(Path directory, long maxBytes, String modelFingerprint) {
    /// Checks the range.
    public DiskOptions {
      require(maxBytes > 0, "disk cache bytes", maxBytes);
    }
  }

  /// Defaults for a context, a memory budget and a clock: no disk, speculation where possible.
  public static EngineOptions of(
      int contextTokens, long cacheBytes, long seed, LongSupplier clock) {
    return new EngineOptions(
        contextTokens, BatchOptions.DEFAULT, CacheOptions.memory(cacheBytes), true, seed, clock);
  }

  private static void require(boolean condition, String what, long found) {
    if (!condition) {
      throw new IllegalArgumentException("engine: invalid %s: %d".formatted(what, found));
    }
  }
}
