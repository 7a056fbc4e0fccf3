package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// Steps of the softmax on a row of floats at an address.
final class VectorRows {
  private VectorRows() {}

  /// The largest number; NaN if one is NaN, minus infinity if there is none.
  static float max(long at, int count) {
    FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      largest = largest.max(fromMemorySegment(FLOATS, ALL, at + 4L * i, ORDER));
    }
    float max = Lanes.max(largest);
    for (int i = whole; i < count; i++) {
      max = Math.max(max, NativeMemory.getFloat(at + 4L * i));
    }
    return max;
  }

  /// Replaces each number x by `exp(x - max)` and returns the sum. Two passes: a vector that is
  /// carried through a loop with an exponential in it ends up in a box.
  static float expAndSum(long at, int count, float max) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      VectorMath.exp(fromMemorySegment(FLOATS, ALL, at + 4L * i, ORDER).sub(max))
          .intoMemorySegment(ALL, at + 4L * i, ORDER);
    }
    for (int i = whole; i < count; i++) {
      float e = VectorMath.exp(NativeMemory.getFloat(at + 4L * i) - max);
      NativeMemory.setFloat(at + 4L * i, e);
    }
    return sum(at, count);
  }

  private static float sum(long at, int count) {
    FloatVector sums = FloatVector.zero(FLOATS);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      sums = sums.add(fromMemorySegment(FLOATS, ALL, at + 4L * i, ORDER));
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < count; i++) {
      sum += NativeMemory.getFloat(at + 4L * i);
    }
    return sum;
  }

  /// Sets `count` floats to zero.
  static void zero(long at, long count) {
    FloatVector zero = FloatVector.zero(FLOATS);
    long whole = count & -Lanes.LENGTH;
    for (long i = 0; i < whole; i += Lanes.LENGTH) {
      zero.intoMemorySegment(ALL, at + 4 * i, ORDER);
    }
    for (long i = whole; i < count; i++) {
      NativeMemory.setFloat(at + 4 * i, 0);
    }
  }

  /// The dot product of two rows.
  static float dot(long a, long b, int count) {
    FloatVector sums = FloatVector.zero(FLOATS);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      sums =
          fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER), sums);
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < count; i++) {
      sum = Math.fma(NativeMemory.getFloat(a + 4L * i), NativeMemory.getFloat(b + 4L * i), sum);
    }
    return sum;
  }
}
