package fathom.tensor;

/// A band of weight rows times a block of inputs: piece by piece of columns, the band is decoded to
/// float32 once and multiplied with all inputs, whose partial sums wait in memory in between.
final class MatmulBand {
  /// Weight rows in a band.
  static final int ROWS = 16;

  /// Inputs whose partial sums are kept at once.
  static final int INPUTS = 192;

  /// Columns decoded at once; a multiple of every block size and of every vector length.
  private static final int PIECE = 512;

  private static final long SUM_STRIDE = ROWS * Lanes.BYTES;

  int firstRow;
  int rows;
  int inputs;
  long input;
  long inputStride;
  long output;
  long outputStride;

  void compute(WeightMatrix w, Scratch scratch) {
    DotTile dot = scratch.dot;
    dot.inputStride = inputStride;
    dot.sums = scratch.buffer(Scratch.Buffer.SUMS, INPUTS * SUM_STRIDE);
    dot.sumStride = SUM_STRIDE;
    VectorRows.zero(dot.sums, inputs * SUM_STRIDE / Float.BYTES);
    if (inputs == 1 && BlockDot.serves(w.type())) {
      long spare = scratch.buffer(Scratch.Buffer.SPARE, SuperBlockDot.SPARE_BYTES);
      scratch.blockDot.run(w, firstRow, rows, input, dot.sums, spare);
      finish(0, scratch);
      return;
    }
    int columns = w.columns();
    for (int column = 0; column < columns; column += PIECE) {
      int count = Math.min(PIECE, columns - column);
      provideRows(w, column, count, scratch);
      dot.inputs = input + 4L * column;
      dot.bytes = 4 * Lanes.whole(count);
      dot.run(rows, inputs);
    }
    finish(columns - Lanes.whole(columns), scratch);
  }

  /// Adds up the lanes, and the columns that do not fill a vector.
  private void finish(int tail, Scratch scratch) {
    DotTile dot = scratch.dot;
    long results = scratch.buffer(Scratch.Buffer.SCORES, 4L * ROWS);
    for (int i = 0; i < inputs; i++) {
      long target = output + i * outputStride + 4L * firstRow;
      long from = rows == ROWS ? target : results;
      for (int row = 0; row < rows; row += Lanes.LENGTH) {
        Lanes.sumEach(dot.sums + i * SUM_STRIDE + row * Lanes.BYTES, from + 4L * row);
      }
      for (int row = 0; row < rows && (tail > 0 || from != target); row++) {
        float sum = NativeMemory.getFloat(from + 4L * row);
        NativeMemory.setFloat(target + 4L * row, addTail(dot, row, i, tail, sum));
      }
    }
  }

  private void provideRows(WeightMatrix w, int column, int count, Scratch scratch) {
    DotTile dot = scratch.dot;
    if (w.type() == DType.F32) {
      dot.weights = w.rowAddress(firstRow) + 4L * column;
      dot.weightStride = w.rowBytes();
      return;
    }
    dot.weights = scratch.buffer(Scratch.Buffer.ROWS, 4L * ROWS * PIECE);
    dot.weightStride = 4L * PIECE;
    for (int row = 0; row < rows; row++) {
      scratch.decoded.address = dot.weights + row * dot.weightStride;
      RowDecoder.decodeRow(w, firstRow + row, column, count, scratch.decoded);
    }
  }

  /// Adds the products of the columns that do not fill a vector, one after the other.
  private static float addTail(DotTile dot, int row, int input, int tail, float sum) {
    long w = dot.weights + row * dot.weightStride + dot.bytes;
    long x = dot.inputs + input * dot.inputStride + dot.bytes;
    float result = sum;
    for (int i = 0; i < tail; i++) {
      result =
          Math.fma(NativeMemory.getFloat(w + 4L * i), NativeMemory.getFloat(x + 4L * i), result);
    }
    return result;
  }
}
