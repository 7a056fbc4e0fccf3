package fathom.tensor;

import org.jspecify.annotations.Nullable;

/// Rows of a table, decoded.
final class GatherTask extends RowTask {
  private static final int PIECE = 512;

  private final Scratch.Pool pool;
  private final Rows y = new Rows();
  private @Nullable WeightMatrix table;
  private int[] ids = {};

  GatherTask(Scratch.Pool pool) {
    this.pool = pool;
  }

  void run(Workers workers, WeightMatrix newTable, int[] newIds, Matrix target) {
    table = newTable;
    ids = newIds;
    y.set(target);
    run(workers, newIds.length, newTable.columns());
    table = null;
  }

  @Override
  void row(int row) {
    WeightMatrix from = table;
    if (from == null) {
      throw new IllegalStateException("gather: expected a table");
    }
    Scratch scratch = pool.take();
    for (int column = 0; column < columns; column += PIECE) {
      scratch.decoded.address = y.at(row) + 4L * column;
      int count = Math.min(PIECE, columns - column);
      RowDecoder.decodeRow(from, ids[row], column, count, scratch.decoded);
    }
    pool.give(scratch);
  }
}
