package fathom.evaluation;

import java.util.List;
import java.util.Locale;

/// Right if the content holds one of the expected pieces, separated by `|`, in any letter case.
/// Meant for small talk, where many wordings are fine.
public final class ContainsChecker implements Checker {
  /// Creates the checker.
  public ContainsChecker() {}

  @Override
  public String name() {
    return "contains";
  }

  @Override
  public Score score(String expected, Response response) {
    String content = response.content().toLowerCase(Locale.ROOT);
    boolean right =
        List.of(expected.split("\\|")).stream()
            .map(piece -> piece.strip().toLowerCase(Locale.ROOT))
            .anyMatch(piece -> !piece.isEmpty() && content.contains(piece));
    return new Score(right && response.complete(), right, response.content());
  }
}
