package fathom.tensor;

import static fathom.tensor.TestMatrices.assertClose;
import static fathom.tensor.TestMatrices.assertSame;
import static fathom.tensor.TestMatrices.copy;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Zeros, subnormal and huge numbers, infinities and NaN in products, and views of weights.
class ExtremeValuesTest {
  private final TestMatrices random = new TestMatrices(61);

  static List<Kernels> providers() {
    return List.of(new ScalarKernels(Workers.serial()), new VectorKernels(Workers.serial()));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void nanInOneInputRowReachesItsOutputsAlone(Kernels k) {
    for (int columns : new int[] {16, 37, 600}) {
      WeightMatrix w = random.weight(DType.F32, 21, columns);
      Matrix x = random.matrix(5, columns);
      Matrix before = random.matrix(5, 21);
      k.matmul(w, x, before);
      x.set(3, columns - 1, Float.NaN);
      Matrix after = random.matrix(5, 21);
      k.matmul(w, x, after);
      for (int t = 0; t < 5; t++) {
        if (t == 3) {
          for (int r = 0; r < 21; r++) {
            assertThat(after.get(t, r)).isNaN();
          }
        } else {
          assertSame(after.rows(t, 1), before.rows(t, 1));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void nanInOneWeightRowReachesItsOutputAlone(Kernels k) {
    for (DType type : List.of(DType.F32, DType.BF16, DType.F16, DType.F8_E4M3)) {
      WeightMatrix w = random.weight(type, 21, 100);
      float[] row = new float[100];
      row[99] = Float.NaN;
      Codec.of(type).quantize(row, 0, 100, w.segment(), 7 * w.rowBytes());
      Matrix x = random.matrix(4, 100);
      Matrix y = random.matrix(4, 21);
      k.matmul(w, x, y);
      for (int r = 0; r < 21; r++) {
        assertThat(Float.isNaN(y.get(2, r))).as("%s row %d", type, r).isEqualTo(r == 7);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void zerosTinyAndHugeNumbersAreNotLost(Kernels k) {
    Matrix m = random.matrix(3, 40);
    m.fill(0);
    m.set(0, 0, Float.MIN_VALUE);
    m.set(1, 39, Float.MAX_VALUE);
    m.set(2, 20, Float.NEGATIVE_INFINITY);
    Matrix x = random.matrix(1, 40);
    x.fill(1);
    Matrix y = random.matrix(1, 3);
    k.matmul(WeightMatrix.of(m), x, y);
    assertThat(y.toArray(0))
        .containsExactly(Float.MIN_VALUE, Float.MAX_VALUE, Float.NEGATIVE_INFINITY);
    x.fill(0);
    x.set(0, 39, 2);
    k.matmul(WeightMatrix.of(m).rows(0, 2), x, y.columns(0, 2));
    assertThat(y.toArray(0)).startsWith(0, Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aViewOfAnFp8WeightKeepsItsScales(Kernels k) {
    WeightMatrix w = random.weight(DType.F8_E4M3, 300, 272);
    Matrix x = random.matrix(2, 272);
    Matrix whole = random.matrix(2, 300);
    k.matmul(w, x, whole);
    for (int first : new int[] {0, 100, 127, 128, 200}) {
      Matrix part = random.matrix(2, 90);
      k.matmul(w.rows(first, 90), x, part);
      assertSame(part, copy(whole.columns(first, 90)));
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void formatsThatAreOnlyReadWorkInProducts(Kernels k) {
    java.nio.file.Path file =
        java.nio.file.Path.of(System.getProperty("fathom.fixtures"), "gguf", "all-types.gguf");
    for (GgufTensors.Entry entry : GgufTensors.read(file)) {
      WeightMatrix w = entry.weight();
      Matrix decoded = random.matrix(w.rows(), w.columns());
      float[] row = new float[w.columns()];
      for (int r = 0; r < w.rows(); r++) {
        Codec.dequantizeRow(w, r, row);
        decoded.setRow(r, row);
      }
      Matrix x = random.matrix(3, w.columns());
      Matrix found = random.matrix(3, w.rows());
      Matrix expected = copy(found);
      k.matmul(w, x, found);
      k.matmul(WeightMatrix.of(decoded), x, expected);
      assertSame(found, expected);
      Matrix dx = random.matrix(3, w.columns());
      Matrix dxExpected = copy(dx);
      k.addMatmulTransposed(w, found, dx);
      k.addMatmulTransposed(WeightMatrix.of(decoded), found, dxExpected);
      assertClose(dx, dxExpected, 0);
    }
  }
}
