package fathom.evaluation;

import fathom.evaluation.math.Countdown;
import java.util.Optional;

/// Right if the answer is an expression that uses the given numbers, each at most once, and reaches
/// the target. The expected answer is `target: number number …`, for example `24: 3 5 8`.
public final class CountdownChecker implements Checker {
  /// Creates the checker.
  public CountdownChecker() {}

  @Override
  public String name() {
    return "countdown";
  }

  @Override
  public Score score(String expected, Response response) {
    Countdown puzzle = Countdown.parse(expected);
    Optional<String> marked = AnswerExtraction.marked(response.content());
    if (marked.isPresent() && puzzle.isSolvedBy(marked.get())) {
      return new Score(response.complete(), true, marked.get());
    }
    String content = response.content().strip();
    String loose = content.substring(content.lastIndexOf('\n') + 1);
    return new Score(false, puzzle.isSolvedBy(loose), marked.orElse(loose));
  }
}
