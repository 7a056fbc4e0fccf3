package fathom.tokenizer;

import java.util.List;

/// Cuts text into the pieces that byte-pair encoding never merges across. The pieces cover the text
/// without gaps, except where a file asks for matches to be removed.
sealed interface Splitter
    permits DeepSeekSplitter,
        WordSplitter,
        RegexSplitter,
        TrailingSpaceSplitter,
        DigitSplitter,
        Splitter.InSequence {
  /// Hands the pieces of `text[from, to)` to `pieces`, in order.
  void split(char[] text, int from, int to, Pieces pieces);

  /// Where pieces go.
  interface Pieces {
    /// The piece `text[from, to)`, never empty.
    void accept(int from, int to);
  }

  /// Several splits, each within the pieces of the one before.
  record InSequence(List<Splitter> splitters) implements Splitter {
    public InSequence {
      splitters = List.copyOf(splitters);
    }

    @Override
    public void split(char[] text, int from, int to, Pieces pieces) {
      from(0, text, pieces).accept(from, to);
    }

    private Pieces from(int index, char[] text, Pieces pieces) {
      if (index == splitters.size()) {
        return pieces;
      }
      Pieces next = from(index + 1, text, pieces);
      return (start, end) -> splitters.get(index).split(text, start, end, next);
    }
  }
}
