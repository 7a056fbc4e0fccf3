package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Plain loops over rows that the kernel seam does not have: sums, copies, and the way of tokens to
/// their experts and back. Each row of a result is computed by one thread, in a fixed order.
final class RowOperations {
  /// Rows below which handing the work to other threads costs more than it saves.
  private static final int FEW_ROWS = 8;

  /// Rows of one part of the work.
  private static final int PART_ROWS = 8;

  /// One row's work.
  interface RowTask {
    /// Computes row `row`.
    void run(int row);
  }

  private RowOperations() {}

  /// Runs a task for rows `0 .. rows - 1` on all threads; on this one if they are few.
  static void forEachRow(Workers workers, int rows, RowTask task) {
    if (rows < FEW_ROWS) {
      for (int row = 0; row < rows; row++) {
        task.run(row);
      }
      return;
    }
    workers.run(
        Math.ceilDiv(rows, PART_ROWS),
        part -> {
          int end = Math.min(rows, (part + 1) * PART_ROWS);
          for (int row = part * PART_ROWS; row < end; row++) {
            task.run(row);
          }
        });
  }

  /// `y_t += x` for the one row x.
  static void addToEachRow(Matrix x, Matrix y) {
    for (int row = 0; row < y.rows(); row++) {
      addScaled(1, x.address(), y.rowAddress(row), y.columns());
    }
  }

  /// `y += Σ x_t` for the one row y.
  static void addSumOfRows(Matrix x, Matrix y) {
    for (int row = 0; row < x.rows(); row++) {
      addScaled(1, x.rowAddress(row), y.address(), y.columns());
    }
  }

  /// `y += a x` over `count` floats at two addresses.
  static void addScaled(float a, long x, long y, int count) {
    for (int i = 0; i < count; i++) {
      long at = (long) i * Float.BYTES;
      float sum = Math.fma(a, NativeMemory.getFloat(x + at), NativeMemory.getFloat(y + at));
      NativeMemory.setFloat(y + at, sum);
    }
  }

  /// Sets all numbers to zero, without the segment that a slice would be.
  static void clear(Matrix x) {
    for (int row = 0; row < x.rows(); row++) {
      long address = x.rowAddress(row);
      for (int i = 0; i < x.columns(); i++) {
        NativeMemory.setFloat(address + (long) i * Float.BYTES, 0);
      }
    }
  }

  /// `x *= a` over `count` floats at an address.
  static void scale(float a, long x, int count) {
    for (int i = 0; i < count; i++) {
      long at = x + (long) i * Float.BYTES;
      NativeMemory.setFloat(at, a * NativeMemory.getFloat(at));
    }
  }

  /// The inner product of `count` floats at two addresses, in four interleaved sums.
  static float dot(long x, long y, int count) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long at = (long) i * Float.BYTES;
      s0 = Math.fma(NativeMemory.getFloat(x + at), NativeMemory.getFloat(y + at), s0);
      s1 = Math.fma(NativeMemory.getFloat(x + at + 4), NativeMemory.getFloat(y + at + 4), s1);
      s2 = Math.fma(NativeMemory.getFloat(x + at + 8), NativeMemory.getFloat(y + at + 8), s2);
      s3 = Math.fma(NativeMemory.getFloat(x + at + 12), NativeMemory.getFloat(y + at + 12), s3);
    }
    for (; i < count; i++) {
      long at = (long) i * Float.BYTES;
      s0 = Math.fma(NativeMemory.getFloat(x + at), NativeMemory.getFloat(y + at), s0);
    }
    return s0 + s1 + (s2 + s3);
  }

  /// Copies a row, or as much of it as `columns` says, to columns of another matrix.
  static void copy(Matrix from, int fromRow, Matrix to, int toRow, int toColumn) {
    MemorySegment.copy(
        NativeMemory.ALL,
        from.rowAddress(fromRow),
        NativeMemory.ALL,
        to.rowAddress(toRow) + (long) toColumn * Float.BYTES,
        (long) from.columns() * Float.BYTES);
  }

  /// Copies `count` floats from one address to another.
  static void copy(long from, long to, int count) {
    MemorySegment.copy(NativeMemory.ALL, from, NativeMemory.ALL, to, (long) count * Float.BYTES);
  }

  /// Copies a row to an array.
  static void copy(Matrix from, int row, float[] to) {
    MemorySegment.copy(
        NativeMemory.ALL, ValueLayout.JAVA_FLOAT, from.rowAddress(row), to, 0, from.columns());
  }
}
