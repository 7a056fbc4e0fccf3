package fathom.tokenizer;

import java.nio.CharBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A split by any regular expression that a file brings, for those that have no scanner of their
/// own; also the slow twin of those that have.
///
/// @param pattern in Java's dialect, see [#compile]
/// @param behavior what becomes of the matches
/// @param invert whether what lies between the matches counts as the match
record RegexSplitter(Pattern pattern, Behavior behavior, boolean invert) implements Splitter {
  /// How many characters may be looked at for each character of the text before the expression is
  /// given up.
  private static final long STEPS_PER_CHARACTER = 4_000;

  /// The names are those of Hugging Face's `SplitDelimiterBehavior`.
  enum Behavior {
    ISOLATED,
    REMOVED,
    MERGED_WITH_PREVIOUS,
    MERGED_WITH_NEXT,
    CONTIGUOUS
  }

  /// A splitter whose matches are pieces of their own.
  ///
  /// @param regex in the dialect of Oniguruma, which Hugging Face uses: Unicode throughout, `^` and
  ///   `$` at lines
  static RegexSplitter isolated(String regex) {
    return new RegexSplitter(compile(regex), Behavior.ISOLATED, false);
  }

  /// Translates Oniguruma's dialect: `\s` is Unicode's white space there, case is folded by
  /// Unicode, `$` stands before every line feed.
  ///
  /// @throws PatternSyntaxException if it is not one
  static Pattern compile(String regex) {
    StringBuilder java = new StringBuilder(regex.length() + 32);
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c != '\\' || i + 1 == regex.length()) {
        java.append(c);
        continue;
      }
      char escaped = regex.charAt(++i);
      switch (escaped) {
        case 's' -> java.append("\\p{IsWhite_Space}");
        case 'S' -> java.append("\\P{IsWhite_Space}");
        case 'd' -> java.append("\\p{Nd}");
        case 'D' -> java.append("\\P{Nd}");
        case 'w' -> java.append("[\\p{L}\\p{M}\\p{N}\\p{Pc}]");
        case 'h' -> java.append("\\p{XDigit}");
        default -> java.append('\\').append(escaped);
      }
    }
    try {
      return Pattern.compile(
          java.toString(), Pattern.UNICODE_CASE | Pattern.MULTILINE | Pattern.UNIX_LINES);
    } catch (StackOverflowError e) {
      throw new PatternSyntaxException("nested too deeply", regex.substring(0, 40), -1);
    }
  }

  @Override
  public void split(char[] text, int from, int to, Pieces pieces) {
    Merger merger = new Merger(pieces, behavior);
    Matcher matcher =
        pattern.matcher(new Counted(CharBuffer.wrap(text), STEPS_PER_CHARACTER * (to - from + 64)));
    matcher.region(from, to);
    int at = from;
    try {
      while (matcher.find()) {
        if (matcher.end() == matcher.start()) {
          continue;
        }
        merger.span(at, matcher.start(), invert);
        merger.span(matcher.start(), matcher.end(), !invert);
        at = matcher.end();
      }
    } catch (StackOverflowError e) {
      throw tooHard("one that needs no deep recursion");
    }
    merger.span(at, to, invert);
    merger.finish();
  }

  private MalformedTokenizerException tooHard(String expected) {
    return new MalformedTokenizerException(
        "tokenizer.json", "pre_tokenizer", "a regular expression: " + expected, pattern.pattern());
  }

  /// Joins matches with their neighbours as the behaviour says.
  private static final class Merger {
    private final Pieces pieces;
    private final Behavior behavior;
    private int from = -1;
    private int to;
    private boolean match;

    Merger(Pieces pieces, Behavior behavior) {
      this.pieces = pieces;
      this.behavior = behavior;
    }

    void span(int start, int end, boolean isMatch) {
      if (start == end) {
        return;
      }
      boolean join =
          from >= 0
              && switch (behavior) {
                case ISOLATED, REMOVED -> false;
                case CONTIGUOUS -> match == isMatch;
                case MERGED_WITH_PREVIOUS -> isMatch && !match;
                case MERGED_WITH_NEXT -> match && !isMatch;
              };
      if (!join) {
        finish();
        from = start;
      }
      to = end;
      match = isMatch;
    }

    void finish() {
      if (from >= 0 && !(match && behavior == Behavior.REMOVED)) {
        pieces.accept(from, to);
      }
      from = -1;
    }
  }

  /// Counts how often the engine looks at a character: an expression that backtracks without end is
  /// stopped.
  private final class Counted implements CharSequence {
    private final CharSequence text;
    private long left;

    Counted(CharSequence text, long most) {
      this.text = text;
      this.left = most;
    }

    @Override
    public char charAt(int index) {
      if (--left < 0) {
        throw tooHard("one that does not backtrack without end");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
