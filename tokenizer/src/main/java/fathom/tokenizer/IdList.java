package fathom.tokenizer;

import java.util.Arrays;

/// Token ids as they come.
final class IdList {
  private int[] ids;
  private int size;

  IdList(int capacity) {
    ids = new int[Math.max(8, capacity)];
  }

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  void addAll(int[] more, int count) {
    if (size + count > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(size + count, 2 * ids.length));
    }
    // Most pieces are one or two tokens: a call of arraycopy would cost more than the loop.
    for (int i = 0; i < count; i++) {
      ids[size + i] = more[i];
    }
    size += count;
  }

  int size() {
    return size;
  }

  int[] copyFrom(int start) {
    return Arrays.copyOfRange(ids, start, size);
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
