package fathom.generation;

import java.util.ArrayList;
import java.util.List;

/// Reads the regular expressions of JSON schema (ECMA 262) into a [CharAutomaton]: what a string
/// that contains a match may be. Look-around, back references, word boundaries and anchors within a
/// pattern have no such automaton, and are refused.
final class RegularExpression {
  private static final int MAX_REPEAT = 2000;
  private static final int MAX_DEPTH = 60;

  private final String pointer;
  private final int[] pattern;
  private final CharAutomaton.Builder automaton = new CharAutomaton.Builder();
  private int at;
  private int depth;

  private RegularExpression(String pattern, String pointer) {
    this.pattern = pattern.codePoints().toArray();
    this.pointer = pointer;
  }

  /// @param pointer place in the schema, for the exception
  /// @throws UnsupportedSchemaException if the pattern is broken or goes beyond regular languages
  static CharAutomaton parse(String pattern, String pointer) {
    return new RegularExpression(pattern, pointer).whole();
  }

  /// Part of an automaton from one state to another.
  private record Part(int start, int end) {}

  private CharAutomaton whole() {
    int start = automaton.newState();
    int end = automaton.newState();
    do {
      Part part = topAlternative();
      automaton.silent(start, part.start());
      automaton.silent(part.end(), end);
    } while (next('|'));
    if (at < pattern.length) {
      throw refuse("unbalanced ')'");
    }
    return automaton.build(end);
  }

  /// An alternative that may be anchored at either end; where it is not, anything may stand there.
  private Part topAlternative() {
    boolean anchored = next('^');
    Part part = sequence();
    boolean closed = next('$');
    if (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
      throw refuse("an anchor within the pattern");
    }
    int start = automaton.newState();
    int end = automaton.newState();
    automaton.silent(start, part.start());
    automaton.silent(part.end(), end);
    if (!anchored) {
      automaton.range(start, 0, CharAutomaton.MAX_CODE_POINT, start);
    }
    if (!closed) {
      automaton.range(end, 0, CharAutomaton.MAX_CODE_POINT, end);
    }
    int behind = automaton.newState();
    automaton.silent(end, behind);
    int before = automaton.newState();
    automaton.silent(before, start);
    return new Part(before, behind);
  }

  private Part alternatives() {
    if (++depth > MAX_DEPTH) {
      throw refuse("groups nested deeper than " + MAX_DEPTH);
    }
    int start = automaton.newState();
    int end = automaton.newState();
    do {
      Part part = sequence();
      automaton.silent(start, part.start());
      automaton.silent(part.end(), end);
    } while (next('|'));
    depth--;
    return new Part(start, end);
  }

  private Part sequence() {
    int start = automaton.newState();
    int end = start;
    while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')' && pattern[at] != '$') {
      Part part = repeated();
      automaton.silent(end, part.start());
      end = part.end();
    }
    return new Part(start, end);
  }

  private Part repeated() {
    int begin = at;
    Part part = atom();
    while (at < pattern.length) {
      int least = 0;
      int most = -1;
      if (next('+')) {
        least = 1;
      } else if (next('?')) {
        most = 1;
      } else if (pattern[at] == '{' && bounds() != null) {
        int[] bounds = takeBounds();
        least = bounds[0];
        most = bounds[1];
      } else if (!next('*')) {
        return part;
      }
      next('?'); // a lazy quantifier matches the same strings
      part = repeat(part, begin, at, least, most);
    }
    return part;
  }

  /// The copies of a part are made by reading it again.
  private Part repeat(Part first, int begin, int behind, int least, int most) {
    int start = automaton.newState();
    int end = automaton.newState();
    int place = start;
    Part part = first;
    int copies = most < 0 ? Math.max(least, 1) : most;
    for (int i = 0; i < copies; i++) {
      if (i > 0) {
        part = again(begin);
      }
      if (i >= least) {
        automaton.silent(place, end);
      }
      automaton.silent(place, part.start());
      place = part.end();
    }
    if (most < 0) {
      int loop = automaton.newState();
      automaton.silent(place, loop);
      automaton.silent(loop, part.start());
      place = loop;
    }
    automaton.silent(place, end);
    at = behind;
    return new Part(start, end);
  }

  private Part again(int begin) {
    at = begin;
    return atom();
  }

  private int @org.jspecify.annotations.Nullable [] bounds() {
    int saved = at;
    at++;
    int least = number();
    int most = least;
    if (next(',')) {
      most = at < pattern.length && pattern[at] == '}' ? -1 : number();
    }
    boolean closed = next('}');
    int end = at;
    at = saved;
    if (least < 0 || most < -1 || !closed) {
      return null;
    }
    return new int[] {least, most, end};
  }

  private int[] takeBounds() {
    int[] bounds = java.util.Objects.requireNonNull(bounds());
    if (bounds[0] > MAX_REPEAT || bounds[1] > MAX_REPEAT) {
      throw refuse("a repetition of more than " + MAX_REPEAT);
    }
    if (bounds[1] >= 0 && bounds[1] < bounds[0]) {
      throw refuse("a repetition whose bounds are out of order");
    }
    at = bounds[2];
    return bounds;
  }

  private int number() {
    int value = -2;
    while (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
      value = Math.min(Math.max(value, 0) * 10 + pattern[at++] - '0', 1_000_000);
    }
    return value;
  }

  private Part atom() {
    int c = pattern[at++];
    return switch (c) {
      case '(' -> group();
      case '[' -> ranges(characterClass());
      case '.' -> ranges(CharRanges.of('\n', '\n', '\r', '\r', 0x2028, 0x2029).complement());
      case '\\' ->
          ranges(CharRanges.escape(take("a character after '\\'"), this::hex, this::refuse));
      case '^' -> throw refuse("an anchor within the pattern");
      case '*', '+', '?' -> throw refuse("a quantifier of nothing");
      default -> ranges(CharRanges.of(c, c));
    };
  }

  private Part group() {
    if (next('?') && !next(':')) {
      if (!(next('<') && at < pattern.length && Character.isLetter(pattern[at]))) {
        throw refuse("look-around");
      }
      int name = pattern[at];
      while (name != '>') {
        name = take("the end of a group's name");
      }
    }
    Part part = alternatives();
    if (!next(')')) {
      throw refuse(at < pattern.length ? "an anchor within the pattern" : "missing ')'");
    }
    return part;
  }

  private Part ranges(CharRanges ranges) {
    int start = automaton.newState();
    int end = automaton.newState();
    ranges.forEach((low, high) -> automaton.range(start, low, high, end));
    return new Part(start, end);
  }

  private CharRanges characterClass() {
    boolean negated = next('^');
    List<CharRanges> parts = new ArrayList<>();
    while (!next(']')) {
      CharRanges low = classAtom();
      if (low.single() && at + 1 < pattern.length && pattern[at] == '-' && pattern[at + 1] != ']') {
        at++;
        CharRanges high = classAtom();
        if (!high.single() || high.first() < low.first()) {
          throw refuse("a range out of order");
        }
        parts.add(CharRanges.of(low.first(), high.first()));
      } else {
        parts.add(low);
      }
    }
    CharRanges all = CharRanges.union(parts);
    return negated ? all.complement() : all;
  }

  private CharRanges classAtom() {
    int c = take("']'");
    if (c != '\\') {
      return CharRanges.of(c, c);
    }
    int escaped = take("a character after '\\'");
    return escaped == 'b'
        ? CharRanges.of('\b', '\b')
        : CharRanges.escape(escaped, this::hex, this::refuse);
  }

  /// Reads `digits` hexadecimal digits, or those between braces if 0.
  private int hex(int digits) {
    if (digits == 4 && next('{')) {
      int value = 0;
      while (!next('}')) {
        value = Math.min(value * 16 + digit(), CharAutomaton.MAX_CODE_POINT + 1);
      }
      return value;
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      value = value * 16 + digit();
    }
    return value;
  }

  private int digit() {
    int value = Character.digit(take("a hexadecimal digit"), 16);
    if (value < 0) {
      throw refuse("expected a hexadecimal digit");
    }
    return value;
  }

  private int take(String expected) {
    if (at == pattern.length) {
      throw refuse("missing " + expected);
    }
    return pattern[at++];
  }

  private boolean next(int c) {
    if (at < pattern.length && pattern[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  private UnsupportedSchemaException refuse(String what) {
    return new UnsupportedSchemaException(
        pointer,
        "pattern '%s' at %d: %s is not supported"
            .formatted(new String(pattern, 0, pattern.length), at, what));
  }
}
