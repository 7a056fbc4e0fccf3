package fathom.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/// A set of code points as sorted ranges.
final class CharRanges {
  private static final CharRanges DIGITS = of('0', '9');
  private static final CharRanges WORD = of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
  private static final CharRanges SPACE =
      of(
          '\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f,
          0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff);

  private final int[] bounds; // low, high; sorted and apart

  private CharRanges(int[] bounds) {
    this.bounds = bounds;
  }

  /// Ranges given as low and high bounds in order.
  static CharRanges of(int... bounds) {
    return new CharRanges(bounds);
  }

  /// Receives ranges.
  interface Receiver {
    void range(int low, int high);
  }

  void forEach(Receiver receiver) {
    for (int i = 0; i < bounds.length; i += 2) {
      receiver.range(bounds[i], bounds[i + 1]);
    }
  }

  /// Whether it is one code point.
  boolean single() {
    return bounds.length == 2 && bounds[0] == bounds[1];
  }

  int first() {
    return bounds[0];
  }

  /// All code points that are not in the set.
  CharRanges complement() {
    int[] result = new int[bounds.length + 2];
    int size = 0;
    int next = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (next < bounds[i]) {
        result[size++] = next;
        result[size++] = bounds[i] - 1;
      }
      next = bounds[i + 1] + 1;
    }
    if (next <= CharAutomaton.MAX_CODE_POINT) {
      result[size++] = next;
      result[size++] = CharAutomaton.MAX_CODE_POINT;
    }
    return new CharRanges(Arrays.copyOf(result, size));
  }

  /// All code points of several sets.
  static CharRanges union(List<CharRanges> parts) {
    List<int[]> ranges = new ArrayList<>();
    parts.forEach(part -> part.forEach((low, high) -> ranges.add(new int[] {low, high})));
    ranges.sort((a, b) -> Integer.compare(a[0], b[0]));
    int[] result = new int[2 * ranges.size()];
    int size = 0;
    for (int[] range : ranges) {
      if (size > 0 && range[0] <= result[size - 1] + 1) {
        result[size - 1] = Math.max(result[size - 1], range[1]);
      } else {
        result[size++] = range[0];
        result[size++] = range[1];
      }
    }
    return new CharRanges(Arrays.copyOf(result, size));
  }

  /// What `\c` stands for.
  ///
  /// @param hex reads so many hexadecimal digits of the pattern
  /// @param refuse makes the exception for what is not supported
  static CharRanges escape(
      int c, IntUnaryOperator hex, Function<String, UnsupportedSchemaException> refuse) {
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.complement();
      case 'w' -> WORD;
      case 'W' -> WORD.complement();
      case 's' -> SPACE;
      case 'S' -> SPACE.complement();
      case 't' -> of('\t', '\t');
      case 'n' -> of('\n', '\n');
      case 'r' -> of('\r', '\r');
      case 'f' -> of('\f', '\f');
      case 'v' -> of(0x0b, 0x0b);
      case '0' -> of(0, 0);
      case 'x' -> single(hex.applyAsInt(2), refuse);
      case 'u' -> single(hex.applyAsInt(4), refuse);
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw refuse.apply("'\\" + Character.toString(c) + "'");
        }
        yield of(c, c);
      }
    };
  }

  private static CharRanges single(
      int codePoint, Function<String, UnsupportedSchemaException> refuse) {
    if (codePoint > CharAutomaton.MAX_CODE_POINT || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
      throw refuse.apply("a code point that is no character");
    }
    return of(codePoint, codePoint);
  }
}
