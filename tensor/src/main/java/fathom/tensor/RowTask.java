package fathom.tensor;

/// An operation whose rows are independent: a part is as many rows as make some thousand numbers.
abstract class RowTask implements Workers.Task {
  private static final int NUMBERS_IN_A_PART = 8192;

  /// Columns of the operation's matrices.
  int columns;

  private int rows;
  private int rowsInAPart = 1;

  /// Computes one row.
  abstract void row(int row);

  /// Runs all rows of matrices of this size.
  final void run(Workers workers, int rowCount, int columnCount) {
    rows = rowCount;
    columns = columnCount;
    rowsInAPart = Math.max(1, NUMBERS_IN_A_PART / Math.max(columnCount, 1));
    workers.run((rowCount + rowsInAPart - 1) / rowsInAPart, this);
  }

  @Override
  public final void run(int part) {
    int end = Math.min((part + 1) * rowsInAPart, rows);
    for (int row = part * rowsInAPart; row < end; row++) {
      row(row);
    }
  }

  /// Where the rows of a matrix are.
  static final class Rows {
    private long address;
    private long stride;

    void set(Matrix m) {
      address = m.address();
      stride = 4L * m.stride();
    }

    long at(int row) {
      return address + row * stride;
    }
  }
}
