package fathom.tokenizer;

import static fathom.tokenizer.CharacterClasses.CJK;
import static fathom.tokenizer.CharacterClasses.LETTER;
import static fathom.tokenizer.CharacterClasses.LINE_END;
import static fathom.tokenizer.CharacterClasses.MARK;
import static fathom.tokenizer.CharacterClasses.NUMBER;
import static fathom.tokenizer.CharacterClasses.PUNCTUATION;
import static fathom.tokenizer.CharacterClasses.SPACE;
import static fathom.tokenizer.CharacterClasses.SYMBOL;

/// DeepSeek-V3's splits in one scan: numbers, then runs of Han and kana, then words within what is
/// left.
///
/// What no alternative of the third expression matches (control characters, a joiner before no
/// letter …) stays as a piece of its own between the matches.
///
/// @param digits how many digits make a piece: 3 in the released tokenizer
/// @param cjk whether Han and kana are split off
record DeepSeekSplitter(int digits, boolean cjk) implements Splitter {
  @Override
  public void split(char[] text, int from, int to, Pieces pieces) {
    int apart = cjk ? NUMBER | CJK : NUMBER;
    int at = from;
    while (at < to) {
      int bits = CharacterClasses.at(text, at, to);
      int end;
      if ((bits & NUMBER) != 0) {
        end = numberEnd(text, at, to, digits);
        pieces.accept(at, end);
      } else if (cjk && (bits & CJK) != 0) {
        // The third expression cuts these runs too: ・ and ゛ are punctuation and symbol.
        end = CharacterClasses.run(text, at, to, CJK);
        words(text, at, end, pieces);
      } else {
        end = CharacterClasses.runWithout(text, at, to, apart);
        words(text, at, end, pieces);
      }
      at = end;
    }
  }

  /// The end of at most `most` numbers.
  static int numberEnd(char[] text, int at, int to, int most) {
    int end = at;
    for (int i = 0; i < most && end < to; i++) {
      if ((CharacterClasses.at(text, end, to) & NUMBER) == 0) {
        break;
      }
      end += CharacterClasses.width(text, end, to);
    }
    return end;
  }

  private static void words(char[] text, int from, int to, Pieces pieces) {
    int unmatched = from;
    int at = from;
    while (at < to) {
      int end = match(text, at, to);
      if (end == at) {
        at += CharacterClasses.width(text, at, to);
        continue;
      }
      if (unmatched < at) {
        pieces.accept(unmatched, at);
      }
      pieces.accept(at, end);
      unmatched = end;
      at = end;
    }
    if (unmatched < to) {
      pieces.accept(unmatched, to);
    }
  }

  private static int match(char[] text, int at, int to) {
    char c = text[at];
    // [!"#…~][A-Za-z]+
    if (isAsciiPunctuation(c) && at + 1 < to && isAsciiLetter(text[at + 1])) {
      int end = at + 2;
      while (end < to && isAsciiLetter(text[end])) {
        end++;
      }
      return end;
    }
    // [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
    int bits = CharacterClasses.at(text, at, to);
    int next = at + CharacterClasses.width(text, at, to);
    if ((bits & (LETTER | MARK)) != 0) {
      return CharacterClasses.run(text, next, to, LETTER | MARK);
    }
    if ((bits & (PUNCTUATION | SYMBOL | LINE_END)) == 0) {
      int end = CharacterClasses.run(text, next, to, LETTER | MARK);
      if (end > next) {
        return end;
      }
    }
    //  ?[\p{P}\p{S}]+[\r\n]*
    int start = c == ' ' ? next : at;
    int end = CharacterClasses.run(text, start, to, PUNCTUATION | SYMBOL);
    if (end > start) {
      return CharacterClasses.run(text, end, to, LINE_END);
    }
    return (bits & SPACE) == 0 ? at : spaceEnd(text, at, to);
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+` at a white space: up to the last line end of the run; without one,
  /// the run but for its last character, which goes with the word after it; the whole run where the
  /// text ends.
  static int spaceEnd(char[] text, int at, int to) {
    int end = at;
    int afterLineEnd = -1;
    while (end < to) {
      int bits = CharacterClasses.at(text, end, to);
      if ((bits & SPACE) == 0) {
        break;
      }
      end++;
      if ((bits & LINE_END) != 0) {
        afterLineEnd = end;
      }
    }
    if (afterLineEnd >= 0) {
      return afterLineEnd;
    }
    return end == to || end == at + 1 ? end : end - 1;
  }

  private static boolean isAsciiPunctuation(char c) {
    return c > ' ' && c < 0x7F && !isAsciiLetter(c) && (c < '0' || c > '9');
  }

  private static boolean isAsciiLetter(char c) {
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'z';
  }
}
