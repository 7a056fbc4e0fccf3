package fathom.tokenizer;

import java.util.Arrays;

/// Which pairs of tokens merge, how early, and into what. A pair and its result are two longs side
/// by side in one open hash table, so that a look-up touches one cache line.
final class MergeRanks {
  /// What [#find] gives for a pair that does not merge; larger than every real answer.
  static final long NONE = Long.MAX_VALUE;

  private static final long EMPTY = -1;

  private long[] table;
  private int[] pairs;
  private int count;

  private MergeRanks(int capacity) {
    table = new long[4 * Integer.highestOneBit(Math.max(8, capacity))];
    Arrays.fill(table, EMPTY);
    pairs = new int[2 * Math.max(4, capacity)];
  }

  /// An empty list with room for about this many merges.
  static MergeRanks withCapacity(int capacity) {
    return new MergeRanks(capacity);
  }

  /// Adds the next merge. Of a pair that comes twice the later rank counts, as in Hugging Face's
  /// reader.
  void add(int left, int right, int merged) {
    if (2 * (count + 1) >= table.length / 2) {
      grow();
    }
    if (2 * count == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * pairs.length);
    }
    pairs[2 * count] = left;
    pairs[2 * count + 1] = right;
    put(((long) left << 32) | right, ((long) count << 32) | merged);
    count++;
  }

  /// Number of merges.
  int count() {
    return count;
  }

  int left(int rank) {
    return pairs[2 * rank];
  }

  int right(int rank) {
    return pairs[2 * rank + 1];
  }

  /// `rank << 32 | merged id`, or [#NONE].
  long find(int left, int right) {
    long key = ((long) left << 32) | right;
    int mask = table.length - 2;
    for (int slot = slot(key) & mask; ; slot = (slot + 2) & mask) {
      long found = table[slot];
      if (found == key) {
        return table[slot + 1];
      }
      if (found == EMPTY) {
        return NONE;
      }
    }
  }

  private void put(long key, long value) {
    int mask = table.length - 2;
    int slot = slot(key) & mask;
    while (table[slot] != EMPTY && table[slot] != key) {
      slot = (slot + 2) & mask;
    }
    table[slot] = key;
    table[slot + 1] = value;
  }

  private void grow() {
    long[] old = table;
    table = new long[2 * old.length];
    Arrays.fill(table, EMPTY);
    for (int slot = 0; slot < old.length; slot += 2) {
      if (old[slot] != EMPTY) {
        put(old[slot], old[slot + 1]);
      }
    }
  }

  private static int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32) << 1;
  }
}
