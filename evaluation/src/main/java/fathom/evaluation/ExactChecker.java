package fathom.evaluation;

import java.util.Locale;
import java.util.Optional;

/// Right if the marked answer, or leniently the whole content, is the expected text; letter case,
/// runs of white space and a final full stop do not count.
public final class ExactChecker implements Checker {
  /// Creates the checker.
  public ExactChecker() {}

  @Override
  public String name() {
    return "exact";
  }

  @Override
  public Score score(String expected, Response response) {
    Optional<String> marked = AnswerExtraction.marked(response.content());
    boolean right = marked.isPresent() && sameVote(expected, marked.get());
    if (right) {
      return new Score(response.complete(), true, marked.get());
    }
    String content = response.content();
    return new Score(false, sameVote(expected, content), marked.orElse(content));
  }

  @Override
  public boolean sameVote(String first, String second) {
    return plain(first).equals(plain(second));
  }

  private static String plain(String text) {
    String folded = text.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
    return folded.endsWith(".") ? folded.substring(0, folded.length() - 1).strip() : folded;
  }
}
