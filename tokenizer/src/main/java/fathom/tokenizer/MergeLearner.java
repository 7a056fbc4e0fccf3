package fathom.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/// Learns merges from counted words: always the pair that occurs most often; of several, the one of
/// the smallest left id, then of the smallest right id (as Hugging Face's trainer does).
///
/// Only words that contain the merged pair are counted again. The heap may hold old counts; a pair
/// whose count has fallen since is put back with its true count when it comes up, one whose count
/// has risen is put in at once.
final class MergeLearner {
  /// Ids of the words' symbols, one word after the other; merged words leave a gap at their end.
  private final int[] symbols;

  private final int[] starts;
  private final int[] lengths;
  private final WordCounts words;
  private final PairTable pairs = new PairTable();
  private final PriorityQueue<Candidate> heap = new PriorityQueue<>();
  private final int firstId;

  /// @param byteIds the id of each byte
  /// @param firstId the first id for a new token
  MergeLearner(WordCounts words, int[] byteIds, int firstId) {
    this.words = words;
    this.firstId = firstId;
    starts = new int[words.size() + 1];
    lengths = new int[words.size()];
    for (int word = 0; word < words.size(); word++) {
      lengths[word] = words.length(word);
      starts[word + 1] = starts[word] + lengths[word];
    }
    symbols = new int[starts[words.size()]];
    for (int word = 0; word < words.size(); word++) {
      for (int i = 0; i < lengths[word]; i++) {
        symbols[starts[word] + i] = byteIds[words.unsignedByte(word, i)];
      }
      count(word, 1);
    }
    pushRisen();
  }

  /// A pair and how often it occurred when it was put into the heap.
  private record Candidate(long count, int left, int right, int pair)
      implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int order = Long.compare(other.count, count);
      order = order == 0 ? Integer.compare(left, other.left) : order;
      return order == 0 ? Integer.compare(right, other.right) : order;
    }
  }

  /// Receives what is learned.
  interface Merges {
    /// The next merge; returns the id of its result, which is `proposed` unless the same text is a
    /// token already.
    int add(int left, int right, int proposed);
  }

  /// Learns until `tokens` new tokens are made or no pair is left; returns how many were made.
  int learn(int tokens, Merges merges) {
    int made = 0;
    while (made < tokens) {
      Candidate best = heap.poll();
      if (best == null) {
        break;
      }
      pairs.queued[best.pair()] = 0;
      if (pairs.counts[best.pair()] != best.count()) {
        offer(best.pair());
        continue;
      }
      int id = merges.add(best.left(), best.right(), firstId + made);
      made += id == firstId + made ? 1 : 0;
      for (int word : pairs.takeWords(best.pair())) {
        merge(word, best.left(), best.right(), id);
      }
      pushRisen();
    }
    return made;
  }

  private void pushRisen() {
    for (int pair : pairs.takeRisen()) {
      offer(pair);
    }
  }

  /// Puts a pair into the heap unless it is there with this count or a higher one.
  private void offer(int pair) {
    long count = pairs.counts[pair];
    if (count > pairs.queued[pair]) {
      pairs.queued[pair] = count;
      heap.add(new Candidate(count, pairs.left(pair), pairs.right(pair), pair));
    }
  }

  private void merge(int word, int left, int right, int id) {
    int start = starts[word];
    int end = start + lengths[word];
    int found = start;
    while (found + 1 < end && !(symbols[found] == left && symbols[found + 1] == right)) {
      found++;
    }
    if (found + 1 >= end) {
      return;
    }
    count(word, -1);
    int to = found;
    for (int from = found; from < end; from++) {
      if (from + 1 < end && symbols[from] == left && symbols[from + 1] == right) {
        symbols[to++] = id;
        from++;
      } else {
        symbols[to++] = symbols[from];
      }
    }
    lengths[word] = to - start;
    count(word, 1);
  }

  private void count(int word, int sign) {
    long weight = sign * words.count(word);
    int last = starts[word] + lengths[word] - 1;
    for (int i = starts[word]; i < last; i++) {
      pairs.add(symbols[i], symbols[i + 1], weight, word);
    }
  }

  /// Pairs, their counts, and the words they were seen in.
  private static final class PairTable {
    private long[] keys = new long[1 << 12];
    private int[] slots = new int[1 << 13];
    private long[] counts = new long[1 << 12];

    /// The highest count with which a pair stands in the heap.
    private long[] queued = new long[1 << 12];

    private int[][] wordLists = new int[1 << 12][];
    private int[] listSizes = new int[1 << 12];
    private boolean[] risen = new boolean[1 << 12];
    private final List<Integer> risenPairs = new ArrayList<>();
    private int size;

    void add(int left, int right, long weight, int word) {
      int pair = index(((long) left << 32) | right);
      counts[pair] += weight;
      if (weight < 0) {
        return;
      }
      if (!risen[pair]) {
        risen[pair] = true;
        risenPairs.add(pair);
      }
      int[] list = wordLists[pair];
      int listSize = listSizes[pair];
      if (listSize > 0 && list[listSize - 1] == word) {
        return;
      }
      if (listSize == list.length) {
        list = Arrays.copyOf(list, 2 * listSize);
        wordLists[pair] = list;
      }
      list[listSize] = word;
      listSizes[pair] = listSize + 1;
    }

    int left(int pair) {
      return (int) (keys[pair] >>> 32);
    }

    int right(int pair) {
      return (int) keys[pair];
    }

    int[] takeWords(int pair) {
      int[] words = Arrays.copyOf(wordLists[pair], listSizes[pair]);
      wordLists[pair] = new int[2];
      listSizes[pair] = 0;
      return words;
    }

    int[] takeRisen() {
      int[] taken = new int[risenPairs.size()];
      for (int i = 0; i < taken.length; i++) {
        taken[i] = risenPairs.get(i);
        risen[taken[i]] = false;
      }
      risenPairs.clear();
      return taken;
    }

    private int index(long key) {
      int mask = slots.length - 1;
      int slot = slot(key) & mask;
      while (slots[slot] != 0) {
        if (keys[slots[slot] - 1] == key) {
          return slots[slot] - 1;
        }
        slot = (slot + 1) & mask;
      }
      if (size == keys.length) {
        grow();
        return index(key);
      }
      keys[size] = key;
      wordLists[size] = new int[2];
      slots[slot] = ++size;
      return size - 1;
    }

    private void grow() {
      int capacity = 2 * keys.length;
      keys = Arrays.copyOf(keys, capacity);
      counts = Arrays.copyOf(counts, capacity);
      queued = Arrays.copyOf(queued, capacity);
      wordLists = Arrays.copyOf(wordLists, capacity);
      listSizes = Arrays.copyOf(listSizes, capacity);
      risen = Arrays.copyOf(risen, capacity);
      slots = new int[2 * capacity];
      int mask = slots.length - 1;
      for (int pair = 0; pair < size; pair++) {
        int slot = slot(keys[pair]) & mask;
        while (slots[slot] != 0) {
          slot = (slot + 1) & mask;
        }
        slots[slot] = pair + 1;
      }
    }

    private static int slot(long key) {
      return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32);
    }
  }
}
