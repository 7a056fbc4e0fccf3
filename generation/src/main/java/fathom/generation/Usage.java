package fathom.generation;

/// Tokens of one request. `cacheHitTokens + cacheMissTokens` is the number of prompt tokens; hits
/// come in whole blocks of 64, but for what a session keeps of its own timeline.
///
/// @param cacheHitTokens prompt tokens whose cache rows were found
/// @param cacheMissTokens prompt tokens that had to be computed
/// @param completionTokens tokens generated, the end token included
/// @param thinkingTokens those of them before `</think>`
public record Usage(
    int cacheHitTokens, int cacheMissTokens, int completionTokens, int thinkingTokens) {
  /// Tokens of the prompt.
  public int promptTokens() {
    return cacheHitTokens + cacheMissTokens;
  }

  /// Tokens of prompt and answer.
  public int totalTokens() {
    return promptTokens() + completionTokens;
  }
}
