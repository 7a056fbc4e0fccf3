package fathom.tensor;

/// Runs the rows of an operation on all threads, in parts of some thousand numbers.
public final class RowBlocks {
  private static final int NUMBERS_IN_A_PART = 8192;

  private RowBlocks() {}

  /// One row's work.
  @FunctionalInterface
  public interface Row {
    /// Computes row `row`.
    void run(int row);
  }

  /// Runs rows `0 .. rows - 1`, each of about `numbers` numbers; on this thread if they are few.
  public static void forEach(Workers workers, int rows, int numbers, Row task) {
    int size = Math.max(1, NUMBERS_IN_A_PART / Math.max(numbers, 1));
    if (rows <= size) {
      run(task, 0, rows);
      return;
    }
    workers.run(
        Math.ceilDiv(rows, size),
        part -> run(task, part * size, Math.min(rows, (part + 1) * size)));
  }

  private static void run(Row task, int from, int end) {
    for (int row = from; row < end; row++) {
      task.run(row);
    }
  }
}
