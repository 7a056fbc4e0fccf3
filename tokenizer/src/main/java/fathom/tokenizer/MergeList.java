package fathom.tokenizer;

import java.util.Arrays;

/// Merges as a file lists them, waiting for the vocabulary: the bytes of all sides one after the
/// other.
final class MergeList {
  private final String file;
  private byte[] pool = new byte[1 << 14];

  /// Where each side ends in the pool: left and right of the first merge, of the second …
  private int[] ends = new int[1 << 10];

  private int sides;

  MergeList(String file) {
    this.file = file;
  }

  /// Adds `left right`, separated by one space.
  void add(String merge) {
    int space = merge.indexOf(' ');
    if (space < 0 || merge.indexOf(' ', space + 1) >= 0) {
      throw malformed(sides / 2, "two tokens separated by a space", merge);
    }
    side(merge, 0, space);
    side(merge, space + 1, merge.length());
  }

  void add(String left, String right) {
    side(left, 0, left.length());
    side(right, 0, right.length());
  }

  private void side(String text, int from, int to) {
    int used = sides == 0 ? 0 : ends[sides - 1];
    if (from == to) {
      throw malformed(sides / 2, "two tokens", "an empty one");
    }
    if (used + to - from > pool.length) {
      pool = Arrays.copyOf(pool, Math.max(used + to - from, 2 * pool.length));
    }
    if (sides == ends.length) {
      ends = Arrays.copyOf(ends, 2 * sides);
    }
    for (int i = from; i < to; i++) {
      int b = ByteAlphabet.unsignedByte(text.charAt(i));
      if (b < 0) {
        throw malformed(sides / 2, "characters of the byte alphabet", text);
      }
      pool[used++] = (byte) b;
    }
    ends[sides++] = used;
  }

  /// Looks up both sides and the result of every merge.
  ///
  /// @throws MalformedTokenizerException if one is no token
  MergeRanks resolve(Vocabulary vocabulary) {
    MergeRanks ranks = MergeRanks.withCapacity(sides / 2);
    int from = 0;
    int merged = -1;
    for (int side = 0; side < sides; side += 2) {
      int middle = ends[side];
      int to = ends[side + 1];
      int left = vocabulary.id(pool, from, middle);
      int right = vocabulary.id(pool, middle, to);
      // Nearly always the next id: a comparison there is cheaper than a look-up.
      merged =
          vocabulary.is(merged + 1, pool, from, to) ? merged + 1 : vocabulary.id(pool, from, to);
      if (left < 0 || right < 0 || merged < 0) {
        throw malformed(
            side / 2,
            "two tokens that make a token of the vocabulary",
            ByteAlphabet.text(pool, from, middle) + " " + ByteAlphabet.text(pool, middle, to));
      }
      ranks.add(left, right, merged);
      from = to;
    }
    return ranks;
  }

  private MalformedTokenizerException malformed(int merge, String expected, String found) {
    return new MalformedTokenizerException(file, "merges[" + merge + "]", expected, found);
  }
}
