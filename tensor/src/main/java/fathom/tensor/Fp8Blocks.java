package fathom.tensor;

/// The float32 scales of an FP8 weight, one for each block of 128 x 128 numbers; the blocks at the
/// right and lower edge may be cut. A weight is its FP8 number *times* the scale of its block
/// (`weight_scale_inv` in the checkpoint, although the name says inverse).
///
/// @param scaleInv `ceil(rows / 128)` x `ceil(columns / 128)` scales
/// @param firstRow row of the whole weight at which the view that carries these scales begins
public record Fp8Blocks(Matrix scaleInv, int firstRow) {
  /// Rows and columns that share one scale.
  public static final int SIZE = 128;

  /// Scales of a whole weight.
  public Fp8Blocks(Matrix scaleInv) {
    this(scaleInv, 0);
  }

  /// The scale of one number of the view.
  public float scale(int row, int column) {
    return scaleInv.get((firstRow + row) / SIZE, column / SIZE);
  }

  /// The same scales for a view that begins `row` rows further down.
  public Fp8Blocks fromRow(int row) {
    return new Fp8Blocks(scaleInv, firstRow + row);
  }

  void requireFits(int rows, int columns) {
    int blockRows = (firstRow + rows + SIZE - 1) / SIZE;
    int blockColumns = (columns + SIZE - 1) / SIZE;
    if (scaleInv.rows() < blockRows || scaleInv.columns() != blockColumns) {
      throw new IllegalArgumentException(
          "weight_scale_inv: expected %d x %d blocks, found %d x %d"
              .formatted(blockRows, blockColumns, scaleInv.rows(), scaleInv.columns()));
    }
  }
}
