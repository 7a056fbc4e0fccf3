package fathom.generation;

/// Finds the largest candidates without sorting them all: quickselect, by number (top-k) or by mass
/// (top-p).
///
/// A candidate is one long: its value in the upper half, so that longs compare as values do, and
/// the complement of its id in the lower half, so that of equal values the smaller id is the larger
/// key. There are no ties, hence one answer.
final class TopSelection {
  private static final int SMALL = 12;

  private TopSelection() {}

  static long key(float value, int id) {
    int bits = Float.floatToRawIntBits(value);
    return ((long) (bits ^ ((bits >> 31) & 0x7fffffff)) << 32) | (~id & 0xffffffffL);
  }

  static int id(long key) {
    return ~(int) key;
  }

  /// Moves the `count` largest keys to the front, in no order.
  static int largest(long[] keys, int size, int count) {
    return select(keys, size, null, count);
  }

  /// Moves the fewest largest keys whose weights sum up to `mass` to the front, in no order;
  /// returns how many, all if their mass does not suffice.
  static int heaviest(long[] keys, int size, float[] weightOfId, double mass) {
    return select(keys, size, weightOfId, mass);
  }

  private static int select(
      long[] keys, int size, float @org.jspecify.annotations.Nullable [] weightOfId, double mass) {
    int low = 0;
    int high = size;
    double missing = mass;
    while (high - low > SMALL) {
      int pivot = partition(keys, low, high);
      double above = weight(keys, low, pivot, weightOfId);
      double with = above + weight(keys, pivot, pivot + 1, weightOfId);
      if (above >= missing) {
        high = pivot;
      } else if (with >= missing) {
        return pivot + 1;
      } else {
        missing -= with;
        low = pivot + 1;
      }
    }
    sortDescending(keys, low, high);
    while (low < high && missing > 0) {
      missing -= weight(keys, low, low + 1, weightOfId);
      low++;
    }
    return low;
  }

  private static double weight(
      long[] keys, int from, int to, float @org.jspecify.annotations.Nullable [] weightOfId) {
    if (weightOfId == null) {
      return to - from;
    }
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += weightOfId[id(keys[i])];
    }
    return sum;
  }

  /// Splits by the median of three; returns the pivot's place, with larger keys before it.
  private static int partition(long[] keys, int low, int high) {
    int middle = (low + high) >>> 1;
    long a = keys[low];
    long b = keys[middle];
    long c = keys[high - 1];
    long pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    int place = pivot == a ? low : pivot == b ? middle : high - 1;
    swap(keys, place, high - 1);
    int store = low;
    for (int i = low; i < high - 1; i++) {
      if (keys[i] > pivot) {
        swap(keys, i, store++);
      }
    }
    swap(keys, store, high - 1);
    return store;
  }

  /// Sorts a short range, largest first.
  static void sortDescending(long[] keys, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      long key = keys[i];
      int j = i - 1;
      while (j >= from && keys[j] < key) {
        keys[j + 1] = keys[j];
        j--;
      }
      keys[j + 1] = key;
    }
  }

  private static void swap(long[] keys, int i, int j) {
    long key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
  }
}
