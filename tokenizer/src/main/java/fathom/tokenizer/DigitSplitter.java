package fathom.tokenizer;

import static fathom.tokenizer.CharacterClasses.NUMBER;

/// Hugging Face's `Digits`: numbers apart from the rest, one by one or as runs.
record DigitSplitter(boolean individual) implements Splitter {
  @Override
  public void split(char[] text, int from, int to, Pieces pieces) {
    int at = from;
    while (at < to) {
      int end;
      if ((CharacterClasses.at(text, at, to) & NUMBER) == 0) {
        end = CharacterClasses.runWithout(text, at, to, NUMBER);
      } else {
        end =
            individual
                ? at + CharacterClasses.width(text, at, to)
                : CharacterClasses.run(text, at, to, NUMBER);
      }
      pieces.accept(at, end);
      at = end;
    }
  }
}
