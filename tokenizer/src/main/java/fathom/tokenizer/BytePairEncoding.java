package fathom.tokenizer;

import java.util.Arrays;

/// Byte-pair encoding of one piece of text: starting from its bytes, always the neighbouring pair
/// of the lowest rank is merged (of several, the leftmost) until none is left (Sennrich et al.,
/// arXiv 1508.07909).
///
/// Short pieces, nearly all, are scanned for the lowest rank again after each merge. Long ones go
/// by a heap over a linked list, so that a megabyte without a space takes a second and not a day.
final class BytePairEncoding {
  private static final int SHORT = 48;

  private final Vocabulary vocabulary;
  private final MergeRanks merges;
  private final boolean ignoreMerges;

  /// @param ignoreMerges whether a piece that is a token is taken whole, merges or not (Llama 3)
  BytePairEncoding(Vocabulary vocabulary, MergeRanks merges, boolean ignoreMerges) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.ignoreMerges = ignoreMerges;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  MergeRanks merges() {
    return merges;
  }

  boolean ignoreMerges() {
    return ignoreMerges;
  }

  /// Appends the ids of a piece. A byte that is no token is left out, as Hugging Face does without
  /// an unknown token.
  void encode(byte[] bytes, int from, int to, IdList out) {
    if (ignoreMerges) {
      int whole = vocabulary.id(bytes, from, to);
      if (whole >= 0) {
        out.add(whole);
        return;
      }
    }
    int[] symbols = new int[to - from];
    int count = 0;
    for (int i = from; i < to; i++) {
      int id = vocabulary.byteId(bytes[i] & 0xFF);
      if (id >= 0) {
        symbols[count++] = id;
      }
    }
    count = count <= SHORT ? mergeShort(symbols, count) : mergeLong(symbols, count);
    out.addAll(symbols, count);
  }

  /// Merges in place and returns how many symbols are left.
  int mergeShort(int[] symbols, int count) {
    long[] pairs = new long[count];
    for (int i = 0; i + 1 < count; i++) {
      pairs[i] = merges.find(symbols[i], symbols[i + 1]);
    }
    while (count > 1) {
      int best = 0;
      for (int i = 1; i < count - 1; i++) {
        if (pairs[i] < pairs[best]) {
          best = i;
        }
      }
      if (pairs[best] == MergeRanks.NONE) {
        break;
      }
      symbols[best] = (int) pairs[best];
      count--;
      System.arraycopy(symbols, best + 2, symbols, best + 1, count - best - 1);
      System.arraycopy(pairs, best + 1, pairs, best, count - best - 1);
      if (best > 0) {
        pairs[best - 1] = merges.find(symbols[best - 1], symbols[best]);
      }
      if (best + 1 < count) {
        pairs[best] = merges.find(symbols[best], symbols[best + 1]);
      }
    }
    return count;
  }

  /// As [#mergeShort], in n log n. The heap holds `rank << 32 | position`; an entry whose pair has
  /// changed since is recognised by its rank and dropped.
  int mergeLong(int[] symbols, int count) {
    int[] next = new int[count];
    int[] previous = new int[count];
    Heap heap = new Heap(count);
    for (int i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
      if (i + 1 < count) {
        heap.offer(merges.find(symbols[i], symbols[i + 1]), i);
      }
    }
    while (heap.size > 0) {
      long top = heap.poll();
      int at = (int) top;
      int right = symbols[at] < 0 ? -1 : next[at];
      long found = right < 0 ? MergeRanks.NONE : merges.find(symbols[at], symbols[right]);
      if (found == MergeRanks.NONE || found >>> 32 != top >>> 32) {
        continue;
      }
      symbols[at] = (int) found;
      symbols[right] = -1;
      next[at] = next[right];
      if (next[at] >= 0) {
        previous[next[at]] = at;
        heap.offer(merges.find(symbols[at], symbols[next[at]]), at);
      }
      if (previous[at] >= 0) {
        heap.offer(merges.find(symbols[previous[at]], symbols[at]), previous[at]);
      }
    }
    int left = 0;
    for (int i = 0; i < count; i++) {
      if (symbols[i] >= 0) {
        symbols[left++] = symbols[i];
      }
    }
    return left;
  }

  /// A binary heap of longs.
  private static final class Heap {
    private long[] entries;
    private int size;

    Heap(int capacity) {
      entries = new long[capacity + 1];
    }

    void offer(long found, int position) {
      if (found == MergeRanks.NONE) {
        return;
      }
      if (size == entries.length) {
        entries = Arrays.copyOf(entries, 2 * size);
      }
      long entry = (found & 0xFFFFFFFF00000000L) | position;
      int at = size++;
      while (at > 0) {
        int parent = (at - 1) >>> 1;
        if (entries[parent] <= entry) {
          break;
        }
        entries[at] = entries[parent];
        at = parent;
      }
      entries[at] = entry;
    }

    long poll() {
      long top = entries[0];
      long last = entries[--size];
      int at = 0;
      while (2 * at + 1 < size) {
        int child = 2 * at + 1;
        if (child + 1 < size && entries[child + 1] < entries[child]) {
          child++;
        }
        if (entries[child] >= last) {
          break;
        }
        entries[at] = entries[child];
        at = child;
      }
      entries[at] = last;
      return top;
    }
  }
}
