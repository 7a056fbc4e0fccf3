package fathom.tensor;

import java.util.List;

/// `dw += dyᵀ x` in vectors, for one gradient or one for each group of rows. A part is a rectangle
/// of one gradient, to which the tokens are added in their order.
final class OuterTask implements Workers.Task {
  private static final int ROWS = 48;
  private static final int COLUMNS = 128;
  private static final int TOKENS = 48;

  private final Scratch.Pool pool;
  private long[] dw = new long[1];
  private long[] dwStride = new long[1];
  private int[] firstToken = new int[1];
  private int[] tokens = new int[1];
  private int count;
  private int rows;
  private int columns;
  private int rowBlocks;
  private int columnBlocks;
  private long dy;
  private long dyStride;
  private long x;
  private long xStride;

  OuterTask(Scratch.Pool pool) {
    this.pool = pool;
  }

  /// Sets a single gradient.
  void setSingle(Matrix dyRows, Matrix xRows, Matrix gradient) {
    clear(1, dyRows, xRows);
    add(gradient, 0, dyRows.rows());
  }

  /// Sets one gradient for each group; groups without rows are left out.
  void setGroups(RowGroups groups, Matrix dyRows, Matrix xRows, List<Matrix> gradients) {
    clear(groups.groups(), dyRows, xRows);
    for (int g = 0; g < groups.groups(); g++) {
      add(gradients.get(g), groups.start(g), groups.size(g));
    }
  }

  private void clear(int capacity, Matrix dyRows, Matrix xRows) {
    if (dw.length < capacity) {
      dw = new long[capacity];
      dwStride = new long[capacity];
      firstToken = new int[capacity];
      tokens = new int[capacity];
    }
    count = 0;
    dy = dyRows.address();
    dyStride = 4L * dyRows.stride();
    x = xRows.address();
    xStride = 4L * xRows.stride();
    rows = dyRows.columns();
    columns = xRows.columns();
    rowBlocks = (rows + ROWS - 1) / ROWS;
    columnBlocks = (columns + COLUMNS - 1) / COLUMNS;
  }

  private void add(Matrix gradient, int first, int size) {
    if (size > 0) {
      dw[count] = gradient.address();
      dwStride[count] = 4L * gradient.stride();
      firstToken[count] = first;
      tokens[count] = size;
      count++;
    }
  }

  int parts() {
    return count * rowBlocks * columnBlocks;
  }

  long multiplications() {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (long) tokens[i] * rows * columns;
    }
    return sum;
  }

  @Override
  public void run(int part) {
    int i = part / (rowBlocks * columnBlocks);
    int row = part / columnBlocks % rowBlocks * ROWS;
    int column = part % columnBlocks * COLUMNS;
    Scratch scratch = pool.take();
    AxpyTile axpy = scratch.axpy;
    axpy.aRowStride = Float.BYTES;
    axpy.aColumnStride = dyStride;
    axpy.bStride = xStride;
    axpy.c = dw[i] + row * dwStride[i] + 4L * column;
    axpy.cStride = dwStride[i];
    int end = firstToken[i] + tokens[i];
    for (int token = firstToken[i]; token < end; token += TOKENS) {
      axpy.terms = Math.min(TOKENS, end - token);
      axpy.a = dy + token * dyStride + 4L * row;
      axpy.b = x + token * xStride + 4L * column;
      axpy.run(Math.min(ROWS, rows - row), Math.min(COLUMNS, columns - column));
    }
    pool.give(scratch);
  }
}
