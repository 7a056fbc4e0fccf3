package fathom.tokenizer.jinja;

/// The escapes of Python's string literals.
final class Escapes {
  private Escapes() {}

  /// Appends what the escape whose first character after the backslash is at `at` stands for;
  /// returns where it ends.
  static int append(String source, int at, StringBuilder out) {
    char c = source.charAt(at);
    switch (c) {
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'v' -> out.append('\u000B');
      case '\\', '\'', '"' -> out.append(c);
      case '\n' -> {
        // A line end after a backslash is no part of the string.
      }
      case 'x' -> {
        return hex(source, at, 2, out);
      }
      case 'u' -> {
        return hex(source, at, 4, out);
      }
      case 'U' -> {
        return hex(source, at, 8, out);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return octal(source, at, out);
      }
      default -> out.append('\\').append(c);
    }
    return at + 1;
  }

  private static int hex(String source, int at, int digits, StringBuilder out) {
    int end = at + 1 + digits;
    int value = 0;
    for (int i = at + 1; i < end; i++) {
      int digit = i < source.length() ? Character.digit(source.charAt(i), 16) : -1;
      if (digit < 0 || value > Character.MAX_CODE_POINT >> 4) {
        throw new JinjaException("a broken escape \\" + source.charAt(at) + " in a string");
      }
      value = value * 16 + digit;
    }
    if (!Character.isValidCodePoint(value)) {
      throw new JinjaException("a broken escape \\" + source.charAt(at) + " in a string");
    }
    out.appendCodePoint(value);
    return end;
  }

  private static int octal(String source, int at, StringBuilder out) {
    int end = at;
    int value = 0;
    while (end < source.length() && end < at + 3 && Character.digit(source.charAt(end), 8) >= 0) {
      value = value * 8 + Character.digit(source.charAt(end), 8);
      end++;
    }
    out.appendCodePoint(value);
    return end;
  }
}
