package fathom.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a request has brought forth so far: text and log-probabilities; the ids are in the
/// [Sequence].
final class Answer {
  private final @Nullable AnswerText text;
  private final @Nullable List<TokenLogProbabilities> logProbabilities;

  /// @param text null if nobody wants any
  Answer(@Nullable AnswerText text, boolean reported) {
    this.text = text;
    this.logProbabilities = reported ? new ArrayList<>() : null;
  }

  /// Adds a token that is part of the text; returns the text that becomes certain.
  String accept(int id) {
    return text == null ? "" : text.accept(id);
  }

  /// Ends the text; returns what was held back.
  String finish() {
    return text == null ? "" : text.finish();
  }

  /// Keeps what was reported of a token.
  void report(int id, TokenReport report) {
    if (logProbabilities != null) {
      logProbabilities.add(report.toRecord(id));
    }
  }

  boolean stopped() {
    return text != null && text.stop().isPresent();
  }

  Optional<String> stopString() {
    return text == null ? Optional.empty() : text.stop();
  }

  String text() {
    return text == null ? "" : text.text();
  }

  List<TokenLogProbabilities> logProbabilities() {
    return logProbabilities == null ? List.of() : List.copyOf(logProbabilities);
  }
}
