package fathom.tokenizer;

import static fathom.tokenizer.CharacterClasses.SPACE;

/// The split `\s+$` of DeepSeek-V2, in linear time; the regular expression itself is quadratic on
/// long white space.
///
/// `$` matches before a line feed too, but the split before this one has cut those off.
record TrailingSpaceSplitter() implements Splitter {
  @Override
  public void split(char[] text, int from, int to, Pieces pieces) {
    int start = to;
    while (start > from && (CharacterClasses.at(text, start - 1, to) & SPACE) != 0) {
      start--;
    }
    if (from < start) {
      pieces.accept(from, start);
    }
    if (start < to) {
      pieces.accept(start, to);
    }
  }
}
