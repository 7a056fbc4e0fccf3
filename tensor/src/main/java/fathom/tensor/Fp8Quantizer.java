package fathom.tensor;

import java.lang.foreign.MemorySegment;

/// Writes weights as FP8 numbers with a float32 scale for each block of 128 x 128, as DeepSeek-V3
/// was released (its report, section 3.3): the largest number of a block becomes 448.
public final class Fp8Quantizer {
  private Fp8Quantizer() {}

  /// Encodes `w` into `target`, row after row, and its scales into `scaleInv`, which has `ceil(rows
  /// / 128)` x `ceil(columns / 128)` numbers. `w` may be a view of 128-row bands of a larger
  /// weight, so that a weight need not be in memory as a whole.
  ///
  /// @throws IllegalArgumentException if the scales' size does not fit
  /// @throws IndexOutOfBoundsException if `target` is too small
  public static void quantize(Matrix w, MemorySegment target, Matrix scaleInv) {
    Operands.requireSize("weight_scale_inv", scaleInv, blocks(w.rows()), blocks(w.columns()));
    float[] band = new float[Fp8Blocks.SIZE * w.columns()];
    for (int row = 0; row < w.rows(); row += Fp8Blocks.SIZE) {
      int rows = Math.min(Fp8Blocks.SIZE, w.rows() - row);
      for (int r = 0; r < rows; r++) {
        System.arraycopy(w.toArray(row + r), 0, band, r * w.columns(), w.columns());
      }
      for (int block = 0; block < scaleInv.columns(); block++) {
        int first = block * Fp8Blocks.SIZE;
        int end = Math.min(first + Fp8Blocks.SIZE, w.columns());
        float scale = scale(band, w.columns(), rows, first, end);
        scaleInv.set(row / Fp8Blocks.SIZE, block, scale);
        for (int i = 0; i < rows * w.columns(); i += w.columns()) {
          for (int column = first; column < end; column++) {
            band[i + column] /= scale;
          }
        }
      }
      long offset = (long) row * w.columns();
      Codec.of(DType.F8_E4M3).quantize(band, 0, rows * w.columns(), target, offset);
    }
  }

  private static int blocks(int size) {
    return (size + Fp8Blocks.SIZE - 1) / Fp8Blocks.SIZE;
  }

  /// The block's largest magnitude over 448; 1 for a block of zeros.
  private static float scale(float[] band, int columns, int rows, int first, int end) {
    float largest = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = first; column < end; column++) {
        largest = Math.max(largest, Math.abs(band[row * columns + column]));
      }
    }
    float scale = largest / SmallFloats.FP8_MAX;
    return scale > 0 ? scale : 1;
  }
}
