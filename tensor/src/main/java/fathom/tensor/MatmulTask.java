package fathom.tensor;

/// `y = x wᵀ` in vectors, for one or many products. A part is a band of weight rows.
final class MatmulTask implements Workers.Task {
  private final Scratch.Pool pool;
  private final Products products;
  private int bands;

  MatmulTask(Scratch.Pool pool, Products products) {
    this.pool = pool;
    this.products = products;
  }

  /// Parts of the products that are set.
  int parts() {
    int rows = products.count() == 0 ? 0 : products.weight(0).rows();
    bands = (rows + MatmulBand.ROWS - 1) / MatmulBand.ROWS;
    return bands * products.count();
  }

  @Override
  public void run(int part) {
    int i = part / bands;
    WeightMatrix w = products.weight(i);
    Scratch scratch = pool.take();
    MatmulBand band = scratch.band;
    band.firstRow = part % bands * MatmulBand.ROWS;
    band.rows = Math.min(MatmulBand.ROWS, w.rows() - band.firstRow);
    band.inputStride = products.inputStride();
    band.outputStride = products.outputStride();
    for (int token = 0; token < products.tokens(i); token += MatmulBand.INPUTS) {
      band.inputs = Math.min(MatmulBand.INPUTS, products.tokens(i) - token);
      band.input = products.input(i) + token * products.inputStride();
      band.output = products.output(i) + token * products.outputStride();
      band.compute(w, scratch);
    }
    pool.give(scratch);
  }
}
