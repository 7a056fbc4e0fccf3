package fathom.generation;

import java.util.List;
import java.util.Optional;

/// The whole answer of one request.
public final class GenerationResult {
  private final int[] ids;
  private final String text;
  private final FinishReason finishReason;
  private final Optional<String> stopString;
  private final Usage usage;
  private final Timings timings;
  private final List<TokenLogProbabilities> logProbabilities;

  GenerationResult(Sequence sequence, FinishReason reason, Timings timings) {
    this.ids = sequence.answerIds();
    this.text = sequence.answer().text();
    this.logProbabilities = sequence.answer().logProbabilities();
    this.finishReason = reason;
    this.stopString = sequence.answer().stopString();
    this.usage = sequence.usage();
    this.timings = timings;
  }

  /// The tokens generated, the end token included. A copy.
  public int[] ids() {
    return ids.clone();
  }

  /// The text without end token and stop string; empty if the request wanted no text.
  public String text() {
    return text;
  }

  /// Why it ended.
  public FinishReason finishReason() {
    return finishReason;
  }

  /// The stop string that ended it, if one did.
  public Optional<String> stopString() {
    return stopString;
  }

  /// Tokens of the request.
  public Usage usage() {
    return usage;
  }

  /// Where the time went.
  public Timings timings() {
    return timings;
  }

  /// One entry for each token if log-probabilities were asked for, otherwise empty.
  public List<TokenLogProbabilities> logProbabilities() {
    return logProbabilities;
  }
}
