package fathom.training;

import fathom.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/// Rearranges some documents so that the model learns to fill gaps: prefix, suffix, middle
/// (DeepSeek-V3 report, section 4.1: PSM, one document in ten)
///
///     begin prefix hole suffix end middle
///
/// What a window shows of a document is rearranged in place; three tokens at its end make room for
/// the marks.
///
/// @param begin id of `<｜fim▁begin｜>`
/// @param hole id of `<｜fim▁hole｜>`
/// @param end id of `<｜fim▁end｜>`
/// @param rate share of documents
record FillInTheMiddle(int begin, int hole, int end, double rate) {
  private static final int MARKS = 3;
  private static final int SHORTEST = 16;

  /// The marks of a tokenizer; empty if it has none or none are wanted.
  static Optional<FillInTheMiddle> of(Tokenizer tokenizer, double rate) {
    OptionalInt begin = tokenizer.id("<｜fim▁begin｜>");
    OptionalInt hole = tokenizer.id("<｜fim▁hole｜>");
    OptionalInt end = tokenizer.id("<｜fim▁end｜>");
    if (rate <= 0 || begin.isEmpty() || hole.isEmpty() || end.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new FillInTheMiddle(begin.getAsInt(), hole.getAsInt(), end.getAsInt(), rate));
  }

  /// Perhaps rearranges the tokens `from .. to - 1`, of which the first stays where it is.
  void apply(int[] ids, int from, int to, RandomGenerator random) {
    boolean chosen = random.nextDouble() < rate;
    int room = to - from - 1 - MARKS;
    if (!chosen || room < SHORTEST) {
      return;
    }
    int one = random.nextInt(room + 1);
    int other = random.nextInt(room + 1);
    int prefix = Math.min(one, other);
    int middle = Math.max(one, other) - prefix;
    int suffix = room - prefix - middle;
    int[] text = java.util.Arrays.copyOfRange(ids, from + 1, from + 1 + room);
    int at = from + 1;
    ids[at++] = begin;
    at = copy(text, 0, prefix, ids, at);
    ids[at++] = hole;
    at = copy(text, prefix + middle, suffix, ids, at);
    ids[at++] = end;
    copy(text, prefix, middle, ids, at);
  }

  private static int copy(int[] from, int first, int count, int[] to, int at) {
    System.arraycopy(from, first, to, at, count);
    return at + count;
  }
}
