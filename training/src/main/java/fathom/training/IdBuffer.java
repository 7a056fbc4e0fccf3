package fathom.training;

import java.util.Arrays;

/// A list of ints that grows.
final class IdBuffer {
  private int[] ids = new int[1024];
  private int size;

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
    }
    ids[size++] = id;
  }

  void addAll(int[] more) {
    if (size + more.length > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(ids.length * 2, size + more.length));
    }
    System.arraycopy(more, 0, ids, size, more.length);
    size += more.length;
  }

  int get(int index) {
    return ids[index];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }
}
