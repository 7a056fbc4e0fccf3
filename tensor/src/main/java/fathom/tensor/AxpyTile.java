package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

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
    FloatVector s00 = fromMemorySegment(FLOATS, ALL, c0, ORDER);
    FloatVector s01 = fromMemorySegment(FLOATS, ALL, c0 + Lanes.BYTES, ORDER);
    FloatVector s02 = fromMemorySegment(FLOATS, ALL, c0 + 2 * Lanes.BYTES, ORDER);
    FloatVector s03 = fromMemorySegment(FLOATS, ALL, c0 + 3 * Lanes.BYTES, ORDER);
    FloatVector s10 = fromMemorySegment(FLOATS, ALL, c1, ORDER);
    FloatVector s11 = fromMemorySegment(FLOATS, ALL, c1 + Lanes.BYTES, ORDER);
    FloatVector s12 = fromMemorySegment(FLOATS, ALL, c1 + 2 * Lanes.BYTES, ORDER);
    FloatVector s13 = fromMemorySegment(FLOATS, ALL, c1 + 3 * Lanes.BYTES, ORDER);
    FloatVector s20 = fromMemorySegment(FLOATS, ALL, c2, ORDER);
    FloatVector s21 = fromMemorySegment(FLOATS, ALL, c2 + Lanes.BYTES, ORDER);
    FloatVector s22 = fromMemorySegment(FLOATS, ALL, c2 + 2 * Lanes.BYTES, ORDER);
    FloatVector s23 = fromMemorySegment(FLOATS, ALL, c2 + 3 * Lanes.BYTES, ORDER);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f0 = broadcast(FLOATS, NativeMemory.getFloat(at));
      FloatVector f1 = broadcast(FLOATS, NativeMemory.getFloat(at + aRowStride));
      FloatVector f2 = broadcast(FLOATS, NativeMemory.getFloat(at + 2 * aRowStride));
      FloatVector v = fromMemorySegment(FLOATS, ALL, from, ORDER);
      s00 = v.fma(f0, s00);
      s10 = v.fma(f1, s10);
      s20 = v.fma(f2, s20);
      v = fromMemorySegment(FLOATS, ALL, from + Lanes.BYTES, ORDER);
      s01 = v.fma(f0, s01);
      s11 = v.fma(f1, s11);
      s21 = v.fma(f2, s21);
      v = fromMemorySegment(FLOATS, ALL, from + 2 * Lanes.BYTES, ORDER);
      s02 = v.fma(f0, s02);
      s12 = v.fma(f1, s12);
      s22 = v.fma(f2, s22);
      v = fromMemorySegment(FLOATS, ALL, from + 3 * Lanes.BYTES, ORDER);
      s03 = v.fma(f0, s03);
      s13 = v.fma(f1, s13);
      s23 = v.fma(f2, s23);
      at += aColumnStride;
      from += bStride;
    }
    s00.intoMemorySegment(ALL, c0, ORDER);
    s01.intoMemorySegment(ALL, c0 + Lanes.BYTES, ORDER);
    s02.intoMemorySegment(ALL, c0 + 2 * Lanes.BYTES, ORDER);
    s03.intoMemorySegment(ALL, c0 + 3 * Lanes.BYTES, ORDER);
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + Lanes.BYTES, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * Lanes.BYTES, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * Lanes.BYTES, ORDER);
    s20.intoMemorySegment(ALL, c2, ORDER);
    s21.intoMemorySegment(ALL, c2 + Lanes.BYTES, ORDER);
    s22.intoMemorySegment(ALL, c2 + 2 * Lanes.BYTES, ORDER);
    s23.intoMemorySegment(ALL, c2 + 3 * Lanes.BYTES, ORDER);
  }

  private void threeByOne(long a0, long b0, long c0) {
    long c1 = c0 + cStride;
    long c2 = c1 + cStride;
    FloatVector s0 = fromMemorySegment(FLOATS, ALL, c0, ORDER);
    FloatVector s1 = fromMemorySegment(FLOATS, ALL, c1, ORDER);
    FloatVector s2 = fromMemorySegment(FLOATS, ALL, c2, ORDER);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector v = fromMemorySegment(FLOATS, ALL, from, ORDER);
      s0 = v.fma(broadcast(FLOATS, NativeMemory.getFloat(at)), s0);
      s1 = v.fma(broadcast(FLOATS, NativeMemory.getFloat(at + aRowStride)), s1);
      s2 = v.fma(broadcast(FLOATS, NativeMemory.getFloat(at + 2 * aRowStride)), s2);
      at += aColumnStride;
      from += bStride;
    }
    s0.intoMemorySegment(ALL, c0, ORDER);
    s1.intoMemorySegment(ALL, c1, ORDER);
    s2.intoMemorySegment(ALL, c2, ORDER);
  }

  private void oneByFour(long a0, long b0, long c0) {
    FloatVector s0 = fromMemorySegment(FLOATS, ALL, c0, ORDER);
    FloatVector s1 = fromMemorySegment(FLOATS, ALL, c0 + Lanes.BYTES, ORDER);
    FloatVector s2 = fromMemorySegment(FLOATS, ALL, c0 + 2 * Lanes.BYTES, ORDER);
    FloatVector s3 = fromMemorySegment(FLOATS, ALL, c0 + 3 * Lanes.BYTES, ORDER);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f = broadcast(FLOATS, NativeMemory.getFloat(at));
      s0 = fromMemorySegment(FLOATS, ALL, from, ORDER).fma(f, s0);
      s1 = fromMemorySegment(FLOATS, ALL, from + Lanes.BYTES, ORDER).fma(f, s1);
      s2 = fromMemorySegment(FLOATS, ALL, from + 2 * Lanes.BYTES, ORDER).fma(f, s2);
      s3 = fromMemorySegment(FLOATS, ALL, from + 3 * Lanes.BYTES, ORDER).fma(f, s3);
      at += aColumnStride;
      from += bStride;
    }
    s0.intoMemorySegment(ALL, c0, ORDER);
    s1.intoMemorySegment(ALL, c0 + Lanes.BYTES, ORDER);
    s2.intoMemorySegment(ALL, c0 + 2 * Lanes.BYTES, ORDER);
    s3.intoMemorySegment(ALL, c0 + 3 * Lanes.BYTES, ORDER);
  }

  private void oneByOne(long a0, long b0, long c0) {
    FloatVector s0 = fromMemorySegment(FLOATS, ALL, c0, ORDER);
    long at = a0;
    long from = b0;
    for (int term = 0; term < terms; term++) {
      FloatVector f = broadcast(FLOATS, NativeMemory.getFloat(at));
      s0 = fromMemorySegment(FLOATS, ALL, from, ORDER).fma(f, s0);
      at += aColumnStride;
      from += bStride;
    }
    s0.intoMemorySegment(ALL, c0, ORDER);
  }
}
