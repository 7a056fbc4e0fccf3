package fathom.tensor;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The width of the vectors and what depends on it alone. Constants: the JIT compiles vector code
/// to single instructions only where the species is one.
final class Lanes {
  /// The one system property below the command line: tests force 128, 256 or 512 bits with it.
  static final String WIDTH_PROPERTY = "fathom.vector.bits";

  static final VectorSpecies<Float> FLOATS = floats();
  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /// Floats in a vector.
  static final int LENGTH = FLOATS.length();

  /// Bytes of a vector of floats.
  static final long BYTES = 4L * LENGTH;

  /// The same, for loops that count in ints.
  static final int STEP = 4 * LENGTH;

  /// As many bytes as floats fit a vector, but no vector is shorter than 64 bits; a byte vector
  /// then widens to `LENGTH`-lane vectors in so many parts.
  static final VectorSpecies<Byte> BYTE_LANES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LENGTH)));

  static final int BYTE_PARTS = BYTE_LANES.length() / LENGTH;
  static final VectorSpecies<Short> SHORT_LANES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, 16 * LENGTH)));
  static final int SHORT_PARTS = SHORT_LANES.length() / LENGTH;
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static final VectorShuffle<Float> HALF = exchange(LENGTH / 2);
  private static final VectorShuffle<Float> QUARTER = exchange(LENGTH / 4);
  private static final VectorShuffle<Float> EIGHTH = exchange(LENGTH / 8);
  private static final VectorShuffle<Float> SIXTEENTH = exchange(LENGTH / 16);
  private static final VectorMask<Float> IN_HALF = bit(LENGTH / 2);
  private static final VectorMask<Float> IN_QUARTER = bit(LENGTH / 4);
  private static final VectorMask<Float> IN_EIGHTH = bit(LENGTH / 8);
  private static final VectorMask<Float> IN_SIXTEENTH = bit(LENGTH / 16);

  private Lanes() {}

  private static VectorSpecies<Float> floats() {
    int bits = Integer.getInteger(WIDTH_PROPERTY, 0);
    return bits == 0
        ? FloatVector.SPECIES_PREFERRED
        : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
  }

  /// Lanes change places with those whose number differs in one bit.
  private static VectorShuffle<Float> exchange(int bit) {
    return VectorShuffle.fromOp(FLOATS, i -> i ^ bit);
  }

  /// The lanes in whose number a bit is set.
  private static VectorMask<Float> bit(int bit) {
    boolean[] lanes = new boolean[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      lanes[i] = (i & bit) != 0;
    }
    return VectorMask.fromArray(FLOATS, lanes, 0);
  }

  /// The largest multiple of [#LENGTH] that is not above `count`.
  static int whole(int count) {
    return count & -LENGTH;
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(FLOATS, NativeMemory.ALL, address, ORDER);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(NativeMemory.ALL, address, ORDER);
  }

  /// The sum of all lanes, halves onto halves: `reduceLanes` leaves the order to the JIT, so that
  /// compiled code could differ from interpreted code.
  static float sum(FloatVector v) {
    FloatVector s = v.add(v.rearrange(HALF));
    s = s.add(s.rearrange(QUARTER));
    if (LENGTH >= 8) {
      s = s.add(s.rearrange(EIGHTH));
    }
    if (LENGTH >= 16) {
      s = s.add(s.rearrange(SIXTEENTH));
    }
    return s.lane(0);
  }

  /// Sums each of [#LENGTH] vectors that lie one after the other, and stores the sums side by side:
  /// bit for bit what [#sum] gives, at half the cost.
  static void sumEach(long vectors, long target) {
    if (LENGTH == 16) {
      store(sumSixteen(vectors), target);
      return;
    }
    for (int i = 0; i < LENGTH; i++) {
      NativeMemory.setFloat(target + 4L * i, sum(load(vectors + i * BYTES)));
    }
  }

  private static FloatVector sumSixteen(long v) {
    FloatVector a0 = fold(load(v), load(v + 8 * BYTES), HALF, IN_HALF);
    FloatVector a4 = fold(load(v + 4 * BYTES), load(v + 12 * BYTES), HALF, IN_HALF);
    FloatVector b0 = fold(a0, a4, QUARTER, IN_QUARTER);
    FloatVector a2 = fold(load(v + 2 * BYTES), load(v + 10 * BYTES), HALF, IN_HALF);
    FloatVector a6 = fold(load(v + 6 * BYTES), load(v + 14 * BYTES), HALF, IN_HALF);
    FloatVector b2 = fold(a2, a6, QUARTER, IN_QUARTER);
    FloatVector c0 = fold(b0, b2, EIGHTH, IN_EIGHTH);
    FloatVector a1 = fold(load(v + BYTES), load(v + 9 * BYTES), HALF, IN_HALF);
    FloatVector a5 = fold(load(v + 5 * BYTES), load(v + 13 * BYTES), HALF, IN_HALF);
    FloatVector b1 = fold(a1, a5, QUARTER, IN_QUARTER);
    FloatVector a3 = fold(load(v + 3 * BYTES), load(v + 11 * BYTES), HALF, IN_HALF);
    FloatVector a7 = fold(load(v + 7 * BYTES), load(v + 15 * BYTES), HALF, IN_HALF);
    FloatVector b3 = fold(a3, a7, QUARTER, IN_QUARTER);
    FloatVector c1 = fold(b1, b3, EIGHTH, IN_EIGHTH);
    return fold(c0, c1, SIXTEENTH, IN_SIXTEENTH);
  }

  /// Adds to each lane of a, where the mask is clear, and of b, where it is set, the lane that the
  /// exchange brings.
  private static FloatVector fold(
      FloatVector a, FloatVector b, VectorShuffle<Float> exchange, VectorMask<Float> mask) {
    return a.blend(b, mask).add(b.blend(a, mask).rearrange(exchange));
  }

  /// The largest lane; NaN if one is NaN.
  static float max(FloatVector v) {
    return v.reduceLanes(VectorOperators.MAX);
  }
}
