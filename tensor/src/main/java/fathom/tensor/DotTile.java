package fathom.tensor;

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

  private void fourByThree(long w0, long x0, long s0) {
    long w1 = w0 + weightStride;
    long w2 = w1 + weightStride;
    long w3 = w2 + weightStride;
    long x1 = x0 + inputStride;
    long x2 = x1 + inputStride;
    long s1 = s0 + sumStride;
    long s2 = s1 + sumStride;
    FloatVector a0 = Lanes.load(s0);
    FloatVector a1 = Lanes.load(s0 + Lanes.BYTES);
    FloatVector a2 = Lanes.load(s0 + 2 * Lanes.BYTES);
    FloatVector a3 = Lanes.load(s0 + 3 * Lanes.BYTES);
    FloatVector b0 = Lanes.load(s1);
    FloatVector b1 = Lanes.load(s1 + Lanes.BYTES);
    FloatVector b2 = Lanes.load(s1 + 2 * Lanes.BYTES);
    FloatVector b3 = Lanes.load(s1 + 3 * Lanes.BYTES);
    FloatVector c0 = Lanes.load(s2);
    FloatVector c1 = Lanes.load(s2 + Lanes.BYTES);
    FloatVector c2 = Lanes.load(s2 + 2 * Lanes.BYTES);
    FloatVector c3 = Lanes.load(s2 + 3 * Lanes.BYTES);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = Lanes.load(x0 + i);
      FloatVector b = Lanes.load(x1 + i);
      FloatVector c = Lanes.load(x2 + i);
      FloatVector w = Lanes.load(w0 + i);
      a0 = w.fma(a, a0);
      b0 = w.fma(b, b0);
      c0 = w.fma(c, c0);
      w = Lanes.load(w1 + i);
      a1 = w.fma(a, a1);
      b1 = w.fma(b, b1);
      c1 = w.fma(c, c1);
      w = Lanes.load(w2 + i);
      a2 = w.fma(a, a2);
      b2 = w.fma(b, b2);
      c2 = w.fma(c, c2);
      w = Lanes.load(w3 + i);
      a3 = w.fma(a, a3);
      b3 = w.fma(b, b3);
      c3 = w.fma(c, c3);
    }
    Lanes.store(a0, s0);
    Lanes.store(a1, s0 + Lanes.BYTES);
    Lanes.store(a2, s0 + 2 * Lanes.BYTES);
    Lanes.store(a3, s0 + 3 * Lanes.BYTES);
    Lanes.store(b0, s1);
    Lanes.store(b1, s1 + Lanes.BYTES);
    Lanes.store(b2, s1 + 2 * Lanes.BYTES);
    Lanes.store(b3, s1 + 3 * Lanes.BYTES);
    Lanes.store(c0, s2);
    Lanes.store(c1, s2 + Lanes.BYTES);
    Lanes.store(c2, s2 + 2 * Lanes.BYTES);
    Lanes.store(c3, s2 + 3 * Lanes.BYTES);
  }

  private void fourByTwo(long w0, long x0, long s0) {
    long w1 = w0 + weightStride;
    long w2 = w1 + weightStride;
    long w3 = w2 + weightStride;
    long x1 = x0 + inputStride;
    long s1 = s0 + sumStride;
    FloatVector a0 = Lanes.load(s0);
    FloatVector a1 = Lanes.load(s0 + Lanes.BYTES);
    FloatVector a2 = Lanes.load(s0 + 2 * Lanes.BYTES);
    FloatVector a3 = Lanes.load(s0 + 3 * Lanes.BYTES);
    FloatVector b0 = Lanes.load(s1);
    FloatVector b1 = Lanes.load(s1 + Lanes.BYTES);
    FloatVector b2 = Lanes.load(s1 + 2 * Lanes.BYTES);
    FloatVector b3 = Lanes.load(s1 + 3 * Lanes.BYTES);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = Lanes.load(x0 + i);
      FloatVector b = Lanes.load(x1 + i);
      FloatVector w = Lanes.load(w0 + i);
      a0 = w.fma(a, a0);
      b0 = w.fma(b, b0);
      w = Lanes.load(w1 + i);
      a1 = w.fma(a, a1);
      b1 = w.fma(b, b1);
      w = Lanes.load(w2 + i);
      a2 = w.fma(a, a2);
      b2 = w.fma(b, b2);
      w = Lanes.load(w3 + i);
      a3 = w.fma(a, a3);
      b3 = w.fma(b, b3);
    }
    Lanes.store(a0, s0);
    Lanes.store(a1, s0 + Lanes.BYTES);
    Lanes.store(a2, s0 + 2 * Lanes.BYTES);
    Lanes.store(a3, s0 + 3 * Lanes.BYTES);
    Lanes.store(b0, s1);
    Lanes.store(b1, s1 + Lanes.BYTES);
    Lanes.store(b2, s1 + 2 * Lanes.BYTES);
    Lanes.store(b3, s1 + 3 * Lanes.BYTES);
  }

  private void fourByOne(long w0, long x0, long s0) {
    long w1 = w0 + weightStride;
    long w2 = w1 + weightStride;
    long w3 = w2 + weightStride;
    FloatVector a0 = Lanes.load(s0);
    FloatVector a1 = Lanes.load(s0 + Lanes.BYTES);
    FloatVector a2 = Lanes.load(s0 + 2 * Lanes.BYTES);
    FloatVector a3 = Lanes.load(s0 + 3 * Lanes.BYTES);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      FloatVector a = Lanes.load(x0 + i);
      a0 = Lanes.load(w0 + i).fma(a, a0);
      a1 = Lanes.load(w1 + i).fma(a, a1);
      a2 = Lanes.load(w2 + i).fma(a, a2);
      a3 = Lanes.load(w3 + i).fma(a, a3);
    }
    Lanes.store(a0, s0);
    Lanes.store(a1, s0 + Lanes.BYTES);
    Lanes.store(a2, s0 + 2 * Lanes.BYTES);
    Lanes.store(a3, s0 + 3 * Lanes.BYTES);
  }

  private void oneByOne(long w0, long x0, long s0) {
    FloatVector a0 = Lanes.load(s0);
    for (int i = 0; i < bytes; i += Lanes.STEP) {
      a0 = Lanes.load(w0 + i).fma(Lanes.load(x0 + i), a0);
    }
    Lanes.store(a0, s0);
  }
}
