package fathom.evaluation;

/// One request to a source of answers: a user's question and how to sample.
///
/// @param question the user's message, without any template
/// @param temperature 0 means greedy
/// @param topP the nucleus, in (0, 1]
/// @param maxTokens the most tokens to write
/// @param seed makes sampling repeatable where the source can do that
public record Prompt(String question, double temperature, double topP, int maxTokens, long seed) {
  /// Checks the sampling settings.
  ///
  /// @throws EvaluationException if one of them is out of its range
  public Prompt {
    if (!(temperature >= 0 && temperature <= 5)) {
      throw new EvaluationException("temperature: expected 0 to 5, found " + temperature);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new EvaluationException("top_p: expected a value in (0, 1], found " + topP);
    }
    if (maxTokens < 1) {
      throw new EvaluationException("max_tokens: expected at least 1, found " + maxTokens);
    }
  }
}
