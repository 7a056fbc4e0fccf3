package fathom.training;

/// A shuffled order of `0 .. size - 1` that needs no memory: a Feistel network over the next even
/// power of two, walked on until the result is in range. Any place of the order is computed alone,
/// so neither a resumed run nor another number of workers sees another order.
final class Permutation {
  private static final int ROUNDS = 4;

  private final long size;
  private final long seed;
  private final int halfBits;

  Permutation(long size, long seed) {
    this.size = size;
    this.seed = seed;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, size - 1));
    halfBits = (bits + 1) / 2;
  }

  /// What stands at a place of the order.
  long at(long index) {
    assert index >= 0 && index < size : index + " of " + size;
    long value = index;
    do {
      value = scramble(value);
    } while (value >= size);
    return value;
  }

  private long scramble(long value) {
    long mask = (1L << halfBits) - 1;
    long left = value >>> halfBits;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mix(right + mix(seed + round)) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /// SplitMix64: a random-looking number for each number.
  static long mix(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
