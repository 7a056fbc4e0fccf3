package fathom.tensor;

/// `y += x w` in vectors, for one or many products. A part is a block of columns, for which the
/// rows of the weight are decoded a few at a time.
final class TransposedTask implements Workers.Task {
  private static final int COLUMNS = 256;
  private static final int ROWS = 24;

  private final Scratch.Pool pool;
  private final Products products;
  private int blocks;

  TransposedTask(Scratch.Pool pool, Products products) {
    this.pool = pool;
    this.products = products;
  }

  /// Parts of the products that are set.
  int parts() {
    int columns = products.count() == 0 ? 0 : products.weight(0).columns();
    blocks = (columns + COLUMNS - 1) / COLUMNS;
    return blocks * products.count();
  }

  @Override
  public void run(int part) {
    int i = part / blocks;
    WeightMatrix w = products.weight(i);
    int column = part % blocks * COLUMNS;
    int columns = Math.min(COLUMNS, w.columns() - column);
    Scratch scratch = pool.take();
    AxpyTile axpy = scratch.axpy;
    axpy.aRowStride = products.inputStride();
    axpy.aColumnStride = Float.BYTES;
    axpy.c = products.output(i) + 4L * column;
    axpy.cStride = products.outputStride();
    for (int row = 0; row < w.rows(); row += ROWS) {
      axpy.terms = Math.min(ROWS, w.rows() - row);
      axpy.a = products.input(i) + 4L * row;
      provideRows(w, row, column, columns, scratch);
      axpy.run(products.tokens(i), columns);
    }
    pool.give(scratch);
  }

  private static void provideRows(
      WeightMatrix w, int row, int column, int columns, Scratch scratch) {
    AxpyTile axpy = scratch.axpy;
    if (w.type() == DType.F32) {
      axpy.b = w.rowAddress(row) + 4L * column;
      axpy.bStride = w.rowBytes();
      return;
    }
    axpy.b = scratch.buffer(Scratch.Buffer.ROWS, 4L * ROWS * COLUMNS);
    axpy.bStride = 4L * COLUMNS;
    for (int i = 0; i < axpy.terms; i++) {
      scratch.decoded.address = axpy.b + i * axpy.bStride;
      RowDecoder.decodeRow(w, row + i, column, columns, scratch.decoded);
    }
  }
}
