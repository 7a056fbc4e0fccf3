package fathom.tensor;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;

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

  private static final int SHORT = 128;

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

  /// As [#whole], but none of a short row, where vectors gain nothing: compiled, a scalar loop is
  /// as good there, and before that, in the first token of a small model, it is several times
  /// faster than objects that stand for vectors. For operations whose results are the same either
  /// way.
  static int worthwhile(int count) {
    return count <= SHORT ? 0 : whole(count);
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
      sumSixteen(vectors, target);
      return;
    }
    for (int i = 0; i < LENGTH; i++) {
      NativeMemory.setFloat(target + 4L * i, sum(load(vectors + i * BYTES)));
    }
  }

  /// Sixteen sums in a tree of pairs: of two vectors, lanes where the mask is clear go on with the
  /// first and lanes where it is set with the second, each added to the lane that the exchange
  /// brings. Written out, and stored at the end, for C2's sake (see [DotTile]).
  private static void sumSixteen(long v, long target) {
    FloatVector x0 = fromMemorySegment(FLOATS, NativeMemory.ALL, v, ORDER);
    FloatVector x8 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 8 * BYTES, ORDER);
    FloatVector a0 = x0.blend(x8, IN_HALF).add(x8.blend(x0, IN_HALF).rearrange(HALF));
    FloatVector x4 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 4 * BYTES, ORDER);
    FloatVector x12 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 12 * BYTES, ORDER);
    FloatVector a4 = x4.blend(x12, IN_HALF).add(x12.blend(x4, IN_HALF).rearrange(HALF));
    FloatVector b0 = a0.blend(a4, IN_QUARTER).add(a4.blend(a0, IN_QUARTER).rearrange(QUARTER));
    FloatVector x2 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 2 * BYTES, ORDER);
    FloatVector x10 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 10 * BYTES, ORDER);
    FloatVector a2 = x2.blend(x10, IN_HALF).add(x10.blend(x2, IN_HALF).rearrange(HALF));
    FloatVector x6 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 6 * BYTES, ORDER);
    FloatVector x14 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 14 * BYTES, ORDER);
    FloatVector a6 = x6.blend(x14, IN_HALF).add(x14.blend(x6, IN_HALF).rearrange(HALF));
    FloatVector b2 = a2.blend(a6, IN_QUARTER).add(a6.blend(a2, IN_QUARTER).rearrange(QUARTER));
    FloatVector c0 = b0.blend(b2, IN_EIGHTH).add(b2.blend(b0, IN_EIGHTH).rearrange(EIGHTH));
    FloatVector x1 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + BYTES, ORDER);
    FloatVector x9 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 9 * BYTES, ORDER);
    FloatVector a1 = x1.blend(x9, IN_HALF).add(x9.blend(x1, IN_HALF).rearrange(HALF));
    FloatVector x5 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 5 * BYTES, ORDER);
    FloatVector x13 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 13 * BYTES, ORDER);
    FloatVector a5 = x5.blend(x13, IN_HALF).add(x13.blend(x5, IN_HALF).rearrange(HALF));
    FloatVector b1 = a1.blend(a5, IN_QUARTER).add(a5.blend(a1, IN_QUARTER).rearrange(QUARTER));
    FloatVector x3 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 3 * BYTES, ORDER);
    FloatVector x11 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 11 * BYTES, ORDER);
    FloatVector a3 = x3.blend(x11, IN_HALF).add(x11.blend(x3, IN_HALF).rearrange(HALF));
    FloatVector x7 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 7 * BYTES, ORDER);
    FloatVector x15 = fromMemorySegment(FLOATS, NativeMemory.ALL, v + 15 * BYTES, ORDER);
    FloatVector a7 = x7.blend(x15, IN_HALF).add(x15.blend(x7, IN_HALF).rearrange(HALF));
    FloatVector b3 = a3.blend(a7, IN_QUARTER).add(a7.blend(a3, IN_QUARTER).rearrange(QUARTER));
    FloatVector c1 = b1.blend(b3, IN_EIGHTH).add(b3.blend(b1, IN_EIGHTH).rearrange(EIGHTH));
    FloatVector sums =
        c0.blend(c1, IN_SIXTEENTH).add(c1.blend(c0, IN_SIXTEENTH).rearrange(SIXTEENTH));
    sums.intoMemorySegment(NativeMemory.ALL, target, ORDER);
  }

  /// The largest lane; NaN if one is NaN.
  static float max(FloatVector v) {
    return v.reduceLanes(VectorOperators.MAX);
  }
}
