package fathom.evaluation;

import fathom.evaluation.math.MathEquality;
import java.util.Optional;

/// Right if the answer means the same number, expression or structure as the expected one.
public final class MathChecker implements Checker {
  /// Creates the checker.
  public MathChecker() {}

  @Override
  public String name() {
    return "math";
  }

  @Override
  public Score score(String expected, Response response) {
    Optional<String> marked = AnswerExtraction.marked(response.content());
    if (marked.isPresent() && sameVote(expected, marked.get())) {
      return new Score(response.complete(), true, marked.get());
    }
    Optional<String> found = marked.isPresent() ? marked : AnswerExtraction.anywhere(response);
    boolean right = found.isPresent() && sameVote(expected, found.get());
    return new Score(false, right, found.orElse(""));
  }

  @Override
  public boolean sameVote(String first, String second) {
    return MathEquality.equal(first, second);
  }
}
