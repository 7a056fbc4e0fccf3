package fathom.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Activations and gradients: a float32 matrix in native memory, row-major, whose rows may lie
/// `stride` floats apart, so that a range of rows or columns is a view and never a copy.
///
/// A matrix does not own its memory; the arena or workspace that made it does.
public final class Matrix {
  private final MemorySegment segment;
  private final int rows;
  private final int columns;
  private final int stride;

  private Matrix(MemorySegment segment, int rows, int columns, int stride) {
    this.segment = segment;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  /// A zeroed matrix whose memory lives as long as `arena`; 64-byte aligned.
  public static Matrix allocate(Arena arena, int rows, int columns) {
    long bytes = Math.multiplyExact((long) rows * columns, (long) Float.BYTES);
    return of(LargeMemory.allocate(arena, Math.max(bytes, 64)), rows, columns);
  }

  /// The first `rows * columns` floats of `segment`, rows lying side by side.
  ///
  /// @throws IllegalArgumentException if the segment is heap memory or too small
  public static Matrix of(MemorySegment segment, int rows, int columns) {
    return of(segment, rows, columns, columns);
  }

  /// Rows of `columns` floats, `stride` floats apart.
  ///
  /// @throws IllegalArgumentException if the segment is heap memory or too small
  public static Matrix of(MemorySegment segment, int rows, int columns, int stride) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("matrix: expected native memory, found a heap segment");
    }
    if (rows < 0 || columns < 0 || stride < columns) {
      throw new IllegalArgumentException(
          "matrix: invalid size %d x %d, stride %d".formatted(rows, columns, stride));
    }
    long needed = rows == 0 ? 0 : ((rows - 1L) * stride + columns) * Float.BYTES;
    if (segment.byteSize() < needed) {
      throw new IllegalArgumentException(
          "matrix %d x %d: expected %d bytes, found %d"
              .formatted(rows, columns, needed, segment.byteSize()));
    }
    return new Matrix(segment, rows, columns, stride);
  }

  /// Number of rows: tokens, mostly.
  public int rows() {
    return rows;
  }

  /// Number of columns.
  public int columns() {
    return columns;
  }

  /// Floats from the start of one row to the start of the next.
  public int stride() {
    return stride;
  }

  /// The memory, starting at row 0, column 0.
  public MemorySegment segment() {
    return segment;
  }

  /// Native address of row 0, column 0.
  public long address() {
    return segment.address();
  }

  /// Native address of the start of a row.
  public long rowAddress(int row) {
    assert row >= 0 && row < rows : row + " of " + rows;
    return segment.address() + (long) row * stride * Float.BYTES;
  }

  /// One number.
  public float get(int row, int column) {
    assert column >= 0 && column < columns : column + " of " + columns;
    return segment.get(ValueLayout.JAVA_FLOAT, index(row, column));
  }

  /// Replaces one number.
  public void set(int row, int column, float value) {
    assert column >= 0 && column < columns : column + " of " + columns;
    segment.set(ValueLayout.JAVA_FLOAT, index(row, column), value);
  }

  private long index(int row, int column) {
    return ((long) row * stride + column) * Float.BYTES;
  }

  /// A view of `count` rows.
  public Matrix rows(int first, int count) {
    check("rows", first, count, rows);
    long start = count == 0 ? 0 : index(first, 0);
    return new Matrix(segment.asSlice(start), count, columns, stride);
  }

  /// A view of `count` columns; the stride stays.
  public Matrix columns(int first, int count) {
    check("columns", first, count, columns);
    long start = count == 0 ? 0 : (long) first * Float.BYTES;
    return new Matrix(segment.asSlice(start), rows, count, stride);
  }

  private static void check(String what, int first, int count, int size) {
    if (first < 0 || count < 0 || first > size - count) {
      throw new IllegalArgumentException(
          "matrix view: expected %s within 0..%d, found %d..%d"
              .formatted(what, size, first, first + count));
    }
  }

  /// Sets every number to `value`.
  public void fill(float value) {
    if (value == 0 && stride == columns) {
      segment.asSlice(0, (long) rows * columns * Float.BYTES).fill((byte) 0);
      return;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        set(row, column, value);
      }
    }
  }

  /// Copies all numbers of `source`, which has the same size.
  public void copyFrom(Matrix source) {
    if (source.rows != rows || source.columns != columns) {
      throw new IllegalArgumentException(
          "copy: expected %d x %d, found %d x %d"
              .formatted(rows, columns, source.rows, source.columns));
    }
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          source.segment,
          source.index(row, 0),
          segment,
          index(row, 0),
          (long) columns * Float.BYTES);
    }
  }

  /// Copies one row to a new array.
  public float[] toArray(int row) {
    float[] values = new float[columns];
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, index(row, 0), values, 0, columns);
    return values;
  }

  /// Copies `values` into one row, from its first column on.
  public void setRow(int row, float... values) {
    check("columns", 0, values.length, columns);
    MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, index(row, 0), values.length);
  }

  @Override
  public String toString() {
    return "Matrix[%d x %d]".formatted(rows, columns);
  }
}
