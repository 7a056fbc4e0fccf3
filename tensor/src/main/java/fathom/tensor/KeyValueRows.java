package fathom.tensor;

/// The stored keys and values of one sequence and layer: rows in pages of equal length that lie
/// anywhere in native memory (the cache's blocks), or all in one page (training).
public interface KeyValueRows {
  /// Rows in one page.
  int pageRows();

  /// Native address of the first row of a page.
  long pageAddress(int page);

  /// Bytes from one row to the next within a page.
  long rowBytes();

  /// Format of the numbers: F32, F16 or BF16.
  DType type();

  /// The rows of a float32 matrix as one page.
  static KeyValueRows of(Matrix rows) {
    return new KeyValueRows() {
      @Override
      public int pageRows() {
        return Math.max(rows.rows(), 1);
      }

      @Override
      public long pageAddress(int page) {
        return rows.address();
      }

      @Override
      public long rowBytes() {
        return (long) rows.stride() * Float.BYTES;
      }

      @Override
      public DType type() {
        return DType.F32;
      }
    };
  }
}
