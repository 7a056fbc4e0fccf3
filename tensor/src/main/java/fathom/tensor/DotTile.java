package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// The inner loop of `y = x wᵀ`: dot products of rows with rows.
///
/// ## The order of a sum
///
/// Each result has one vector of partial sums, in memory between calls: lane l adds the products of
/// the columns `l, LENGTH + l, 2 LENGTH + l …` in ascending order. How many rows are computed side
/// by side (4 weights by 3 inputs at most: 12 sums, 3 inputs and a weight fill the 16 registers
/// that C2 uses) therefore changes nothing in the result, and a batch equals its rows one at a
/// time.
///
/// Loads and stores are written out: behind a method of ours, however small, C2 leaves some vectors
/// of a method of this size in boxes.
///
/// Columns come in pieces ([#bytes] of each row a call), so that the rows of a piece stay in the
/// first-level cache.
final class DotTile {
  private static final int INPUTS_AT_ONCE = 9;

  /// Address of the first weight row, and bytes from one to the next.
  long weights;

  long weightStride;

  /// Address of the first input row, and bytes from one to the next.
  long inputs;

  long inputStride;

  /// Address of the partial sums: a vector for each weight row; and bytes from one input's to the
  /// next input's.
  long sums;

  long sumStride;

  /// Bytes of a row to multiply, a multiple of a vector's.
  int bytes;

  /// Adds the products of `rows` weight rows and `count` input rows to the partial sums.
  void run(int rows, int count) {
    for (int first = 0; first < count; first += INPUTS_AT_ONCE) {
      int end = Math.min(first + INPUTS_AT_ONCE, count);
      int row = 0;
      for (; row + 4 <= rows; row += 4) {
        runFour(row, first, end);
      }
      for (; row < rows; row++) {
        for (int input = first; input < end; input++) {
          oneByOne(
              weights + row * weightStride,
              inputs + input * inputStride,
              sums + input * sumStride + row * Lanes.BYTES);
        }
      }
    }
  }

  private void runFour(int row, int first, int end) {
    long w = weights + row * weightStride;
    long x = inputs + first * inputStride;
    long s = sums + first * sumStride + row * Lanes.BYTES;
    int left = end - first;
    for (; left >= 3; left -= 3) {
      fourByThree(w, x, s);
      x += 3 * inputStride;
      s += 3 * sumStride;
    }
    if (left == 2) {
      fourByTwo(w, x, s);
    } else if (left == 1) {
      fourByOne(w, x, s);
    }
  }

  private void fourByThree(long firstWeights, long firstInput, long s0) {
    long w0 = NativeMemory.known(firstWeights);
    long x0 = NativeMemory.known(firstInput);
    long w1 = NativeMemory.known(w0 + weightStride);
    long w2 = NativeMemory.known(w1 + weightStride);
    long w3 = NativeMemory.known(w2 + weightStride);
    long x1 = NativeMemory.known(x0 + inputStride);
    long x2 = NativeMemory.known(x1 + inputStride);
    long s1 = s0 + sumStride;
    long s2 = s1 + sumStride;
    FloatVector a0 = fromMemorySegment(FLOATS, ALL, s0, ORDER);
    FloatVector a1 = fromMemorySegment(FLOATS, ALL, s0 + Lanes.BYTES, ORDER);
    FloatVector a2 = fromMemorySegment(FLOATS, ALL, s0 + 2 * Lanes.BYTES, ORDER);
    FloatVector a3 = fromMemorySegment(FLOATS, ALL, s0 + 3 * Lanes.BYTES, ORDER);
    FloatVector b0 = fromMemorySegment(FLOATS, ALL, s1, ORDER);
    FloatVector b1 = fromMemorySegment(FLOATS, ALL, s1 + Lanes.BYTES, ORDER);
    FloatVector b2 = fromMemorySegment(FLOATS, ALL, s1 + 2 * Lanes.BYTES, ORDER);
    FloatVector b3 = fromMemorySegment(FLOATS, ALL, s1 + 3 * Lanes.BYTES, ORDER);
    FloatVector c0 = fromMemorySegment(FLOATS, ALL, s2, ORDER);
    FloatVector c1 = fromMemorySegment(FLOATS, ALL, s2 + Lanes.BYTES, ORDER);
    FloatVector c2 = fromMemorySegment(FLOATS, ALL, s2 + 2 * Lanes.BYTES, ORDER);
    FloatVector c3 = fromMemorySegment(FLOATS, ALL, s2 + 3 * Lanes.BYTES, ORDER);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = fromMemorySegment(FLOATS, ALL, x0 + i, ORDER);
      FloatVector b = fromMemorySegment(FLOATS, ALL, x1 + i, ORDER);
      FloatVector c = fromMemorySegment(FLOATS, ALL, x2 + i, ORDER);
      FloatVector w = fromMemorySegment(FLOATS, ALL, w0 + i, ORDER);
      a0 = w.fma(a, a0);
      b0 = w.fma(b, b0);
      c0 = w.fma(c, c0);
      w = fromMemorySegment(FLOATS, ALL, w1 + i, ORDER);
      a1 = w.fma(a, a1);
      b1 = w.fma(b, b1);
      c1 = w.fma(c, c1);
      w = fromMemorySegment(FLOATS, ALL, w2 + i, ORDER);
      a2 = w.fma(a, a2);
      b2 = w.fma(b, b2);
      c2 = w.fma(c, c2);
      w = fromMemorySegment(FLOATS, ALL, w3 + i, ORDER);
      a3 = w.fma(a, a3);
      b3 = w.fma(b, b3);
      c3 = w.fma(c, c3);
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
    a1.intoMemorySegment(ALL, s0 + Lanes.BYTES, ORDER);
    a2.intoMemorySegment(ALL, s0 + 2 * Lanes.BYTES, ORDER);
    a3.intoMemorySegment(ALL, s0 + 3 * Lanes.BYTES, ORDER);
    b0.intoMemorySegment(ALL, s1, ORDER);
    b1.intoMemorySegment(ALL, s1 + Lanes.BYTES, ORDER);
    b2.intoMemorySegment(ALL, s1 + 2 * Lanes.BYTES, ORDER);
    b3.intoMemorySegment(ALL, s1 + 3 * Lanes.BYTES, ORDER);
    c0.intoMemorySegment(ALL, s2, ORDER);
    c1.intoMemorySegment(ALL, s2 + Lanes.BYTES, ORDER);
    c2.intoMemorySegment(ALL, s2 + 2 * Lanes.BYTES, ORDER);
    c3.intoMemorySegment(ALL, s2 + 3 * Lanes.BYTES, ORDER);
  }

  private void fourByTwo(long firstWeights, long firstInput, long s0) {
    long w0 = NativeMemory.known(firstWeights);
    long x0 = NativeMemory.known(firstInput);
    long w1 = NativeMemory.known(w0 + weightStride);
    long w2 = NativeMemory.known(w1 + weightStride);
    long w3 = NativeMemory.known(w2 + weightStride);
    long x1 = NativeMemory.known(x0 + inputStride);
    long s1 = s0 + sumStride;
    FloatVector a0 = fromMemorySegment(FLOATS, ALL, s0, ORDER);
    FloatVector a1 = fromMemorySegment(FLOATS, ALL, s0 + Lanes.BYTES, ORDER);
    FloatVector a2 = fromMemorySegment(FLOATS, ALL, s0 + 2 * Lanes.BYTES, ORDER);
    FloatVector a3 = fromMemorySegment(FLOATS, ALL, s0 + 3 * Lanes.BYTES, ORDER);
    FloatVector b0 = fromMemorySegment(FLOATS, ALL, s1, ORDER);
    FloatVector b1 = fromMemorySegment(FLOATS, ALL, s1 + Lanes.BYTES, ORDER);
    FloatVector b2 = fromMemorySegment(FLOATS, ALL, s1 + 2 * Lanes.BYTES, ORDER);
    FloatVector b3 = fromMemorySegment(FLOATS, ALL, s1 + 3 * Lanes.BYTES, ORDER);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = fromMemorySegment(FLOATS, ALL, x0 + i, ORDER);
      FloatVector b = fromMemorySegment(FLOATS, ALL, x1 + i, ORDER);
      FloatVector w = fromMemorySegment(FLOATS, ALL, w0 + i, ORDER);
      a0 = w.fma(a, a0);
      b0 = w.fma(b, b0);
      w = fromMemorySegment(FLOATS, ALL, w1 + i, ORDER);
      a1 = w.fma(a, a1);
      b1 = w.fma(b, b1);
      w = fromMemorySegment(FLOATS, ALL, w2 + i, ORDER);
      a2 = w.fma(a, a2);
      b2 = w.fma(b, b2);
      w = fromMemorySegment(FLOATS, ALL, w3 + i, ORDER);
      a3 = w.fma(a, a3);
      b3 = w.fma(b, b3);
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
    a1.intoMemorySegment(ALL, s0 + Lanes.BYTES, ORDER);
    a2.intoMemorySegment(ALL, s0 + 2 * Lanes.BYTES, ORDER);
    a3.intoMemorySegment(ALL, s0 + 3 * Lanes.BYTES, ORDER);
    b0.intoMemorySegment(ALL, s1, ORDER);
    b1.intoMemorySegment(ALL, s1 + Lanes.BYTES, ORDER);
    b2.intoMemorySegment(ALL, s1 + 2 * Lanes.BYTES, ORDER);
    b3.intoMemorySegment(ALL, s1 + 3 * Lanes.BYTES, ORDER);
  }

  private void fourByOne(long firstWeights, long firstInput, long s0) {
    long w0 = NativeMemory.known(firstWeights);
    long x0 = NativeMemory.known(firstInput);
    long w1 = NativeMemory.known(w0 + weightStride);
    long w2 = NativeMemory.known(w1 + weightStride);
    long w3 = NativeMemory.known(w2 + weightStride);
    FloatVector a0 = fromMemorySegment(FLOATS, ALL, s0, ORDER);
    FloatVector a1 = fromMemorySegment(FLOATS, ALL, s0 + Lanes.BYTES, ORDER);
    FloatVector a2 = fromMemorySegment(FLOATS, ALL, s0 + 2 * Lanes.BYTES, ORDER);
    FloatVector a3 = fromMemorySegment(FLOATS, ALL, s0 + 3 * Lanes.BYTES, ORDER);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = fromMemorySegment(FLOATS, ALL, x0 + i, ORDER);
      a0 = fromMemorySegment(FLOATS, ALL, w0 + i, ORDER).fma(a, a0);
      a1 = fromMemorySegment(FLOATS, ALL, w1 + i, ORDER).fma(a, a1);
      a2 = fromMemorySegment(FLOATS, ALL, w2 + i, ORDER).fma(a, a2);
      a3 = fromMemorySegment(FLOATS, ALL, w3 + i, ORDER).fma(a, a3);
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
    a1.intoMemorySegment(ALL, s0 + Lanes.BYTES, ORDER);
    a2.intoMemorySegment(ALL, s0 + 2 * Lanes.BYTES, ORDER);
    a3.intoMemorySegment(ALL, s0 + 3 * Lanes.BYTES, ORDER);
  }

  private void oneByOne(long w0, long x0, long s0) {
    FloatVector a0 = fromMemorySegment(FLOATS, ALL, s0, ORDER);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      a0 =
          fromMemorySegment(FLOATS, ALL, w0 + i, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, x0 + i, ORDER), a0);
    }
    a0.intoMemorySegment(ALL, s0, ORDER);
  }
}
