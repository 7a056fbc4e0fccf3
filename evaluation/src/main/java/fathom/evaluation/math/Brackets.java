package fathom.evaluation.math;

import java.util.ArrayList;
import java.util.List;

/// Cuts text where no bracket is open. A half-open interval such as (3,4] closes with either kind,
/// so brackets are counted by depth and not matched by kind.
final class Brackets {
  private static final int MOST_PARTS = 200;

  private Brackets() {}

  /// The parts between the separators that stand outside all brackets.
  ///
  /// @throws UnreadableMathException if there are too many
  static List<String> split(String text, String separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (depth == 0 && text.startsWith(separator, i)) {
        parts.add(text.substring(start, i).strip());
        start = i + separator.length();
        i = start - 1;
      } else {
        depth = Math.max(0, depth + step(text, i, c));
      }
      if (parts.size() > MOST_PARTS) {
        throw new UnreadableMathException("more than " + MOST_PARTS + " parts");
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }

  /// Whether the bracket at the start closes at the very end.
  static boolean encloses(String text) {
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      depth += step(text, i, text.charAt(i));
      if (depth == 0) {
        return i == text.length() - 1;
      }
    }
    return false;
  }

  private static int step(String text, int i, char c) {
    if (c == '(' || c == '[' || c == '{') {
      return 1;
    }
    if (c == ')' || c == ']' || c == '}') {
      return -1;
    }
    if (c == '\\' && text.startsWith("\\begin", i)) {
      return 1;
    }
    return c == '\\' && text.startsWith("\\end", i) ? -1 : 0;
  }
}
