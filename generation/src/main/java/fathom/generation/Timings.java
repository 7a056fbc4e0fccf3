package fathom.generation;

/// Where the time of one request went, in nanoseconds.
///
/// @param queued from submission to the first step
/// @param prefill from the first step to the end of the prompt's computation
/// @param firstToken from submission to the first token
/// @param decode from the first token to the end
public record Timings(long queued, long prefill, long firstToken, long decode) {
  /// Prompt tokens computed in a second.
  public double promptTokensPerSecond(Usage usage) {
    return rate(usage.cacheMissTokens(), prefill);
  }

  /// Tokens generated in a second, the first one not counted.
  public double tokensPerSecond(Usage usage) {
    return rate(usage.completionTokens() - 1, decode);
  }

  private static double rate(int tokens, long nanos) {
    return nanos <= 0 || tokens <= 0 ? 0 : tokens * 1e9 / nanos;
  }
}
