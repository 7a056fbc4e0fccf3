package fathom.tokenizer;

/// What the pre-tokenizers' regular expressions ask of a character, one bit per question.
///
/// Unicode's categories come from the JDK; white space is Unicode's `White_Space` property, which
/// Hugging Face's engine means by `\s` (U+0085 and U+3000 are in, U+001C…1F and U+200B are not).
final class CharacterClasses {
  static final int LETTER = 1;
  static final int MARK = 2;
  static final int NUMBER = 4;
  static final int PUNCTUATION = 8;
  static final int SYMBOL = 16;
  static final int SPACE = 32;
  static final int LINE_END = 64;

  /// Han U+4E00…9FA5 and the kana blocks: the second split of DeepSeek-V3.
  static final int CJK = 128;

  private static final byte[] BASIC_PLANE = new byte[1 << 16];

  static {
    for (int c = 0; c < BASIC_PLANE.length; c++) {
      BASIC_PLANE[c] = (byte) classify(c);
    }
  }

  private CharacterClasses() {}

  /// The bits of the character at `at`; `to` is where the text ends.
  static int at(char[] text, int at, int to) {
    char c = text[at];
    if (c < Character.MIN_HIGH_SURROGATE || c > Character.MAX_HIGH_SURROGATE || at + 1 >= to) {
      return BASIC_PLANE[c] & 0xFF;
    }
    return category(Character.toCodePoint(c, text[at + 1]));
  }

  /// One or two: the chars of the character at `at`.
  static int width(char[] text, int at, int to) {
    return Character.isHighSurrogate(text[at]) && at + 1 < to ? 2 : 1;
  }

  /// The end of the longest run from `at` on of characters that have one of the bits of `mask`.
  static int run(char[] text, int at, int to, int mask) {
    int end = at;
    while (end < to && (at(text, end, to) & mask) != 0) {
      end += width(text, end, to);
    }
    return end;
  }

  /// The end of the longest run from `at` on of characters that have none of the bits of `mask`.
  static int runWithout(char[] text, int at, int to, int mask) {
    int end = at;
    while (end < to && (at(text, end, to) & mask) == 0) {
      end += width(text, end, to);
    }
    return end;
  }

  private static int classify(int c) {
    int bits = category(c);
    if (isWhiteSpace(c)) {
      bits |= SPACE;
    }
    if (c == '\r' || c == '\n') {
      bits |= LINE_END;
    }
    if ((c >= 0x4E00 && c <= 0x9FA5) || (c >= 0x3040 && c <= 0x30FF)) {
      bits |= CJK;
    }
    return bits;
  }

  private static boolean isWhiteSpace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || c == 0x85
        || Character.getType(c) == Character.SPACE_SEPARATOR
        || c == 0x2028
        || c == 0x2029;
  }

  private static int category(int c) {
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          MARK;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          PUNCTUATION;
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          SYMBOL;
      default -> 0;
    };
  }
}
