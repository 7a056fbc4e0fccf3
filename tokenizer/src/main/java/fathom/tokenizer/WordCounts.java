package fathom.tokenizer;

import java.util.Arrays;

/// How often each piece of a text occurs. Pieces are bytes in one growing array, found by hashing.
final class WordCounts implements Splitter.Pieces {
  /// Longer pieces are cut: no token becomes so long, and work on a word grows with its length.
  private static final int LONGEST = 1024;

  private byte[] pool = new byte[1 << 16];
  private int[] starts = new int[1 << 12];
  private long[] counts = new long[1 << 12];
  private int[] slots = new int[1 << 14];
  private int size;
  private char[] text = new char[0];

  /// Counts the pieces of one text.
  void count(String newText, Splitter splitter) {
    text = Encoder.withoutLoneSurrogates(newText.toCharArray());
    splitter.split(text, 0, text.length, this);
  }

  @Override
  public void accept(int from, int to) {
    int at = from;
    while (at < to) {
      int end = Math.min(to, at + LONGEST);
      if (end < to && Character.isLowSurrogate(text[end])) {
        end--;
      }
      word(at, end);
      at = end;
    }
  }

  private void word(int from, int to) {
    int begin = starts[size];
    int end = begin;
    if (begin + 3 * (to - from) > pool.length) {
      pool = Arrays.copyOf(pool, Math.addExact(Math.max(2 * pool.length, begin), 4 * LONGEST));
    }
    for (int i = from; i < to; i++) {
      char c = text[i];
      if (c >= 0x80) {
        end = Encoder.encodeUtf8(text, from, to, pool, begin);
        break;
      }
      pool[end++] = (byte) c;
    }
    add(begin, end, 1);
  }

  /// Adds the counts of others.
  void addAll(WordCounts others) {
    for (int word = 0; word < others.size; word++) {
      int from = others.starts[word];
      int length = others.starts[word + 1] - from;
      int begin = starts[size];
      if (begin + length > pool.length) {
        pool = Arrays.copyOf(pool, Math.addExact(Math.max(2 * pool.length, begin), length));
      }
      System.arraycopy(others.pool, from, pool, begin, length);
      add(begin, begin + length, others.counts[word]);
    }
  }

  /// Counts the word that lies at the end of the pool.
  private void add(int begin, int end, long times) {
    int mask = slots.length - 1;
    int hash = 0;
    for (int i = begin; i < end; i++) {
      hash = 31 * hash + pool[i];
    }
    int slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[slot] != 0) {
      int word = slots[slot] - 1;
      if (Arrays.equals(pool, starts[word], starts[word + 1], pool, begin, end)) {
        counts[word] += times;
        return;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = size + 1;
    counts[size] = times;
    size++;
    if (size + 1 >= starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      counts = Arrays.copyOf(counts, 2 * counts.length);
    }
    starts[size] = end;
    if (2 * size > slots.length) {
      rehash();
    }
  }

  private void rehash() {
    slots = new int[2 * slots.length];
    int mask = slots.length - 1;
    for (int word = 0; word < size; word++) {
      int hash = 0;
      for (int i = starts[word]; i < starts[word + 1]; i++) {
        hash = 31 * hash + pool[i];
      }
      int slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = word + 1;
    }
  }

  int size() {
    return size;
  }

  long count(int word) {
    return counts[word];
  }

  int length(int word) {
    return starts[word + 1] - starts[word];
  }

  /// Byte `index` of a word, 0…255.
  int unsignedByte(int word, int index) {
    return pool[starts[word] + index] & 0xFF;
  }
}
