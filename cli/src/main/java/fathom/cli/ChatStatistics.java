package fathom.cli;

import fathom.generation.GenerationResult;
import fathom.generation.Usage;

/// Sums over the answers of one chat.
final class ChatStatistics {
  private int answers;
  private long promptTokens;
  private long cachedTokens;
  private long completionTokens;
  private long decodeNanos;
  private long prefillNanos;

  void add(GenerationResult result) {
    Usage usage = result.usage();
    answers++;
    promptTokens += usage.promptTokens();
    cachedTokens += usage.cacheHitTokens();
    completionTokens += usage.completionTokens();
    decodeNanos += result.timings().decode();
    prefillNanos += result.timings().prefill();
  }

  @Override
  public String toString() {
    return """
        answers            %d
        prompt tokens      %d, of them from cache %d
        generated tokens   %d
        prefill            %.1f tokens/s
        decode             %.1f tokens/s"""
        .formatted(
            answers,
            promptTokens,
            cachedTokens,
            completionTokens,
            rate(promptTokens - cachedTokens, prefillNanos),
            rate(completionTokens - answers, decodeNanos));
  }

  private static double rate(long tokens, long nanos) {
    return nanos == 0 ? 0 : tokens * 1e9 / nanos;
  }
}
