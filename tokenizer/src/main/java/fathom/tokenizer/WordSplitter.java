package fathom.tokenizer;

import static fathom.tokenizer.CharacterClasses.LETTER;
import static fathom.tokenizer.CharacterClasses.LINE_END;
import static fathom.tokenizer.CharacterClasses.NUMBER;
import static fathom.tokenizer.CharacterClasses.SPACE;

/// The split of Qwen 2, Qwen 3 and Llama 3 as a scan: contractions, words with the character before
/// them, numbers, punctuation, white space.
///
/// @param digits how many digits make a piece: 1 for Qwen, 3 for Llama 3
record WordSplitter(int digits) implements Splitter {
  /// Long s: `(?i:'s)` matches it, as its upper case is S.
  private static final char LONG_S = '\u017F';

  @Override
  public void split(char[] text, int from, int to, Pieces pieces) {
    int at = from;
    while (at < to) {
      int end = match(text, at, to);
      pieces.accept(at, end);
      at = end;
    }
  }

  private int match(char[] text, int at, int to) {
    char c = text[at];
    if (c == '\'') {
      int length = contraction(text, at + 1, to);
      if (length > 0) {
        return at + 1 + length;
      }
    }
    // [^\r\n\p{L}\p{N}]?\p{L}+
    int bits = CharacterClasses.at(text, at, to);
    int next = at + CharacterClasses.width(text, at, to);
    if ((bits & LETTER) != 0) {
      return CharacterClasses.run(text, next, to, LETTER);
    }
    if ((bits & NUMBER) != 0) {
      return DeepSeekSplitter.numberEnd(text, at, to, digits);
    }
    if ((bits & LINE_END) == 0) {
      int end = CharacterClasses.run(text, next, to, LETTER);
      if (end > next) {
        return end;
      }
    }
    //  ?[^\s\p{L}\p{N}]+[\r\n]*
    int start = c == ' ' ? next : at;
    int end = CharacterClasses.runWithout(text, start, to, SPACE | LETTER | NUMBER);
    return end > start
        ? CharacterClasses.run(text, end, to, LINE_END)
        : DeepSeekSplitter.spaceEnd(text, at, to);
  }

  /// The length of `s`, `t`, `re`, `ve`, `m`, `ll` or `d` in any case at `at`, or 0.
  private static int contraction(char[] text, int at, int to) {
    if (at >= to) {
      return 0;
    }
    char c = text[at] == LONG_S ? 's' : (char) (text[at] | 0x20);
    if (c == 's' || c == 't' || c == 'm' || c == 'd') {
      return 1;
    }
    int second = at + 1 < to ? text[at + 1] | 0x20 : 0;
    boolean two = ((c == 'r' || c == 'v') && second == 'e') || (c == 'l' && second == 'l');
    return two ? 2 : 0;
  }
}
