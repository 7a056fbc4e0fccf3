package fathom.tensor;

import jdk.incubator.vector.FloatVector;

/// The inner loop of `c += a b`: rows of b, scaled by the numbers of a, are added to rows of c.
///
/// Each number of c takes its products in the order of b's rows, by fused multiply-add, wherever it
/// lies in a tile: the result does not depend on how many rows or columns are computed side by
/// side. The strides of a are free, so that the same loop serves `x w` and `dyᵀ x`.
final class AxpyTile {
  /// Address of a, bytes from one row to the next (rows of c), and from one column to the next
  /// (rows of b).
  long a;

  long aRowStride;
  long aColumnStride;

  /// Address of b and bytes from one row to the next.
  long b;

  long bStride;

  /// Address of c and bytes from one row to the next.
  long c;

  long cStride;

  /// Rows of b.
  int terms;

  /// Computes `rows` rows and `columns` columns of c.
  void run(int rows, int columns) {
    int row = 0;
    for (; row + 3 <= rows; row += 3) {
      runThree(row, columns);
    }
    for (; row < rows; row++) {
      runOne(row, columns);
    }
  }

  private void runThree(int row, int columns) {
    int whole = Lanes.whole(columns);
    int column = 0;
    for (; column + 4 * Lanes.LENGTH <= whole; column += 4 * Lanes.LENGTH) {
      threeByFour(a + row * aRowStride, b + 4L * column, c + row * cStride + 4L * column);
    }
    for (; column < whole; column += Lanes.LENGTH) {
      threeByOne(a + row * aRowStride, b + 4L * column, c + row * cStride + 4L * column);
    }
    for (int i = row; i < row + 3; i++) {
      tail(i, whole, columns);
    }
  }

  /// Computes one row: of columns `0 .. columns - 1`.
  void runOne(int row, int columns) {
    int whole = Lanes.whole(columns);
    int column = 0;
    for (; column + 4 * Lanes.LENGTH <= whole; column += 4 * Lanes.LENGTH) {
      oneByFour(a + row * aRowStride, b + 4L * column, c + row * cStride + 4L * column);
    }
    for (; column < whole; column += Lanes.LENGTH) {
      oneByOne(a + row * aRowStride, b + 4L * column, c + row * cStride + 4L * column);
    }
    tail(row, whole, columns);
  }

  private void tail(int row, int first, int end) {
    for (int column = first; column < end; column++) {
      long place = c + row * cStride + 4L * column;
      float sum = NativeMemory.getFloat(place);
      for (int term = 0; term < terms; term++) {
        float factor = NativeMemory.getFloat(a + row * aRowStride + term * aColumnStride);
        sum = Math.fma(factor, NativeMemory.getFloat(b + term * bStride + 4L * column), sum);
      }
      NativeMemory.setFloat(place, sum);
    }
  }

  private void threeByFour(long a0, long b0, long c0) {
    long c1 = c0 + cStride;
    long c2 = c1 + cStride;
    FloatVector s00 = Lanes.load(c0);
    FloatVector s01 = Lanes.load(c0 + Lanes.BYTES);
    FloatVector s02 = Lanes.load(c0 + 2 * Lanes.BYTES);
    FloatVector s03 = Lanes.load(c0 + 3 * Lanes.BYTES);
    FloatVector s10 = Lanes.load(c1);
    FloatVector s11 = Lanes.load(c1 + Lanes.BYTES);
    FloatVector s12 = Lanes.load(c1 + 2 * Lanes.BYTES);
    FloatVector s13 = Lanes.load(c1 + 3 * Lanes.BYTES);
    FloatVector s20 = Lanes.load(c2);
    FloatVector s21 = Lanes.load(c2 + Lanes.BYTES);
    FloatVector s22 = Lanes.load(c2 + 2 * Lanes.BYTES);
    FloatVector s23 = Lanes.load(c2 + 3 * Lanes.BYTES);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at));
      FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at + aRowStride));
      FloatVector f2 =
          FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at + 2 * aRowStride));
      FloatVector v = Lanes.load(from);
      s00 = v.fma(f0, s00);
      s10 = v.fma(f1, s10);
      s20 = v.fma(f2, s20);
      v = Lanes.load(from + Lanes.BYTES);
      s01 = v.fma(f0, s01);
      s11 = v.fma(f1, s11);
      s21 = v.fma(f2, s21);
      v = Lanes.load(from + 2 * Lanes.BYTES);
      s02 = v.fma(f0, s02);
      s12 = v.fma(f1, s12);
      s22 = v.fma(f2, s22);
      v = Lanes.load(from + 3 * Lanes.BYTES);
      s03 = v.fma(f0, s03);
      s13 = v.fma(f1, s13);
      s23 = v.fma(f2, s23);
      at += aColumnStride;
      from += bStride;
    }
    Lanes.store(s00, c0);
    Lanes.store(s01, c0 + Lanes.BYTES);
    Lanes.store(s02, c0 + 2 * Lanes.BYTES);
    Lanes.store(s03, c0 + 3 * Lanes.BYTES);
    Lanes.store(s10, c1);
    Lanes.store(s11, c1 + Lanes.BYTES);
    Lanes.store(s12, c1 + 2 * Lanes.BYTES);
    Lanes.store(s13, c1 + 3 * Lanes.BYTES);
    Lanes.store(s20, c2);
    Lanes.store(s21, c2 + Lanes.BYTES);
    Lanes.store(s22, c2 + 2 * Lanes.BYTES);
    Lanes.store(s23, c2 + 3 * Lanes.BYTES);
  }

  private void threeByOne(long a0, long b0, long c0) {
    long c1 = c0 + cStride;
    long c2 = c1 + cStride;
    FloatVector s0 = Lanes.load(c0);
    FloatVector s1 = Lanes.load(c1);
    FloatVector s2 = Lanes.load(c2);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector v = Lanes.load(from);
      s0 = v.fma(FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at)), s0);
      s1 = v.fma(FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at + aRowStride)), s1);
      s2 =
          v.fma(
              FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at + 2 * aRowStride)), s2);
      at += aColumnStride;
      from += bStride;
    }
    Lanes.store(s0, c0);
    Lanes.store(s1, c1);
    Lanes.store(s2, c2);
  }

  private void oneByFour(long a0, long b0, long c0) {
    FloatVector s0 = Lanes.load(c0);
    FloatVector s1 = Lanes.load(c0 + Lanes.BYTES);
    FloatVector s2 = Lanes.load(c0 + 2 * Lanes.BYTES);
    FloatVector s3 = Lanes.load(c0 + 3 * Lanes.BYTES);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f = FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at));
      s0 = Lanes.load(from).fma(f, s0);
      s1 = Lanes.load(from + Lanes.BYTES).fma(f, s1);
      s2 = Lanes.load(from + 2 * Lanes.BYTES).fma(f, s2);
      s3 = Lanes.load(from + 3 * Lanes.BYTES).fma(f, s3);
      at += aColumnStride;
      from += bStride;
    }
    Lanes.store(s0, c0);
    Lanes.store(s1, c0 + Lanes.BYTES);
    Lanes.store(s2, c0 + 2 * Lanes.BYTES);
    Lanes.store(s3, c0 + 3 * Lanes.BYTES);
  }

  private void oneByOne(long a0, long b0, long c0) {
    FloatVector s0 = Lanes.load(c0);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f = FloatVector.broadcast(Lanes.FLOATS, NativeMemory.getFloat(at));
      s0 = Lanes.load(from).fma(f, s0);
      at += aColumnStride;
      from += bStride;
    }
    Lanes.store(s0, c0);
  }
}
