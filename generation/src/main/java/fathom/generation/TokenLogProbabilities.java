package fathom.generation;

import java.util.List;

/// What was reported of one token's distribution.
///
/// @param id the chosen token
/// @param logProbability natural logarithm of its probability
/// @param top the likeliest tokens, likeliest first
public record TokenLogProbabilities(int id, float logProbability, List<Candidate> top) {
  /// Copies the list.
  public TokenLogProbabilities {
    top = List.copyOf(top);
  }

  /// One of the likeliest tokens.
  ///
  /// @param id the token
  /// @param logProbability natural logarithm of its probability
  public record Candidate(int id, float logProbability) {}
}
