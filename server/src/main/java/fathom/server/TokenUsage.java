package fathom.server;

/// What one request consumed, in tokens. The prompt is always `cacheHitTokens + cacheMissTokens`.
///
/// @param promptTokens tokens of the rendered prompt
/// @param cacheHitTokens of these, found in the prefix cache
/// @param completionTokens generated tokens, reasoning included
/// @param reasoningTokens of these, reasoning
public record TokenUsage(
    int promptTokens, int cacheHitTokens, int completionTokens, int reasoningTokens) {

  /// Prompt tokens that had to be computed.
  public int cacheMissTokens() {
    return promptTokens - cacheHitTokens;
  }

  /// Prompt and completion together.
  public int totalTokens() {
    return promptTokens + completionTokens;
  }

  /// Both answers' tokens, for requests with several choices over one prompt.
  public TokenUsage plusCompletion(TokenUsage other) {
    return new TokenUsage(
        promptTokens,
        cacheHitTokens,
        completionTokens + other.completionTokens,
        reasoningTokens + other.reasoningTokens);
  }
}
