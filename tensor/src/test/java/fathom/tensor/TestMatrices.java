package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Random operands and comparisons for the tests of kernels. Memory is freed by the collector.
final class TestMatrices {
  private final Random random;

  TestMatrices(long seed) {
    random = new Random(seed);
  }

  /// A matrix of normal numbers whose rows lie `gap` floats apart.
  Matrix matrix(int rows, int columns, int gap) {
    int stride = columns + gap;
    MemorySegment memory = Arena.ofAuto().allocate(4L * Math.max(rows * stride, 1), 64);
    Matrix m = Matrix.of(memory, rows, columns, stride);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        m.set(r, c, (float) random.nextGaussian());
      }
    }
    return m;
  }

  Matrix matrix(int rows, int columns) {
    return matrix(rows, columns, 0);
  }

  /// A weight of random numbers in a format: quantised where Fathom writes it, else random bytes
  /// with tame scales.
  WeightMatrix weight(DType type, int rows, int columns) {
    MemorySegment bytes = Arena.ofAuto().allocate(Math.max(rows * type.bytes(columns), 1), 64);
    Codec codec = Codec.of(type);
    for (int r = 0; r < rows; r++) {
      float[] row = new float[columns];
      for (int c = 0; c < columns; c++) {
        row[c] = (float) random.nextGaussian();
      }
      codec.quantize(row, 0, columns, bytes, r * type.bytes(columns));
    }
    WeightMatrix w = WeightMatrix.of(type, rows, columns, bytes);
    return type == DType.F8_E4M3 ? w.withScales(scales(rows, columns)) : w;
  }

  private Fp8Blocks scales(int rows, int columns) {
    Matrix scales = matrix((rows + 127) / 128, (columns + 127) / 128);
    return new Fp8Blocks(scales);
  }

  List<WeightMatrix> weights(int count, int rows, int columns) {
    List<WeightMatrix> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(weight(DType.F32, rows, columns));
    }
    return list;
  }

  Random random() {
    return random;
  }

  static Matrix copy(Matrix m) {
    Matrix copy = Matrix.allocate(Arena.ofAuto(), m.rows(), m.columns());
    copy.copyFrom(m);
    return copy;
  }

  /// Numbers agree within `tolerance` of the largest number's magnitude (at least 1).
  static void assertClose(Matrix found, Matrix expected, double tolerance) {
    double largest = 1;
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        largest = Math.max(largest, Math.abs(expected.get(r, c)));
      }
    }
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        float a = found.get(r, c);
        float b = expected.get(r, c);
        if (!(Math.abs(a - b) <= tolerance * largest)) {
          assertThat(a).as("row %d, column %d of %s", r, c, expected).isEqualTo(b);
        }
      }
    }
  }

  /// Numbers agree bit for bit.
  static void assertSame(Matrix found, Matrix expected) {
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        int a = Float.floatToRawIntBits(found.get(r, c));
        int b = Float.floatToRawIntBits(expected.get(r, c));
        if (a != b) {
          assertThat(found.get(r, c))
              .as("bits %08x and %08x at row %d, column %d of %s", a, b, r, c, expected)
              .isEqualTo(expected.get(r, c));
          assertThat(a).as("bits at row %d, column %d", r, c).isEqualTo(b);
        }
      }
    }
  }
}
