package fathom.tensor;

import jdk.incubator.vector.FloatVector;

/// Steps of the softmax on a row of floats at an address.
final class VectorRows {
  private VectorRows() {}

  /// The largest number; NaN if one is NaN, minus infinity if there is none.
  static float max(long at, int count) {
    FloatVector largest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      largest = largest.max(Lanes.load(at + 4L * i));
    }
    float max = Lanes.max(largest);
    for (int i = whole; i < count; i++) {
      max = Math.max(max, NativeMemory.getFloat(at + 4L * i));
    }
    return max;
  }

  /// Replaces each number x by `exp(x - max)` and returns the sum.
  static float expAndSum(long at, int count, float max) {
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      FloatVector e = VectorMath.exp(Lanes.load(at + 4L * i).sub(max));
      Lanes.store(e, at + 4L * i);
      sums = sums.add(e);
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < count; i++) {
      float e = VectorMath.exp(NativeMemory.getFloat(at + 4L * i) - max);
      NativeMemory.setFloat(at + 4L * i, e);
      sum += e;
    }
    return sum;
  }

  /// Sets `count` floats to zero.
  static void zero(long at, long count) {
    FloatVector zero = FloatVector.zero(Lanes.FLOATS);
    long whole = count & -Lanes.LENGTH;
    for (long i = 0; i < whole; i += Lanes.LENGTH) {
      Lanes.store(zero, at + 4 * i);
    }
    for (long i = whole; i < count; i++) {
      NativeMemory.setFloat(at + 4 * i, 0);
    }
  }

  /// The dot product of two rows.
  static float dot(long a, long b, int count) {
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      sums = Lanes.load(a + 4L * i).fma(Lanes.load(b + 4L * i), sums);
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < count; i++) {
      sum = Math.fma(NativeMemory.getFloat(a + 4L * i), NativeMemory.getFloat(b + 4L * i), sum);
    }
    return sum;
  }
}
