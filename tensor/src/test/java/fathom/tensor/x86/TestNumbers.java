package fathom.tensor.x86;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/// Random matrices and weights, and bounds on what rounding may change.
final class TestNumbers {
  /// Half a unit in the last place of BF16, relative.
  static final double BF16_ROUNDING = Math.scalb(1.0, -9);

  static final double FLOAT_ROUNDING = Math.scalb(1.0, -24);

  private TestNumbers() {}

  static Matrix gaussian(Arena arena, int rows, int columns, Random random) {
    // Rows lie further apart than they are long, and the memory ends with the last number.
    int stride = columns + 3;
    MemorySegment memory = arena.allocate(4L * Math.max((rows - 1L) * stride + columns, 1), 4);
    Matrix m = Matrix.of(memory, rows, columns, stride);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        m.set(row, column, (float) random.nextGaussian());
      }
    }
    return m;
  }

  static WeightMatrix weight(Arena arena, DType type, int rows, int columns, Random random) {
    MemorySegment memory = arena.allocate(Math.max(rows * type.bytes(columns), 1), 2);
    float[] row = new float[columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        row[c] = (float) random.nextGaussian() * (c % 64 < 32 ? 1f : 0.1f);
      }
      Codec.of(type).quantize(row, 0, columns, memory, r * type.bytes(columns));
    }
    return WeightMatrix.of(type, rows, columns, memory);
  }

  static float[][] decoded(WeightMatrix w) {
    float[][] rows = new float[w.rows()][w.columns()];
    for (int r = 0; r < rows.length; r++) {
      Codec.dequantizeRow(w, r, rows[r]);
    }
    return rows;
  }

  /// Largest magnitude of the block of 32 that a number lies in.
  static double blockMaximum(float[] x, int column) {
    double maximum = 0;
    for (int c = column / 32 * 32; c < Math.min(x.length, column / 32 * 32 + 32); c++) {
      maximum = Math.max(maximum, Math.abs(x[c]));
    }
    return maximum;
  }

  /// What 8-bit activations may change in a product: half a step of each block's scale times each
  /// weight.
  static double quantizationError(float[] weights, float[] x) {
    double error = 0;
    for (int c = 0; c < x.length; c++) {
      error += Math.abs(weights[c]) * blockMaximum(x, c) / 254 * 1.001;
    }
    return error;
  }

  /// Sum of the magnitudes of all products.
  static double magnitude(float[] weights, float[] x) {
    double sum = 0;
    for (int c = 0; c < x.length; c++) {
      sum += Math.abs((double) weights[c] * x[c]);
    }
    return sum;
  }
}
