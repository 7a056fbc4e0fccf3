package fathom.tensor;

import static fathom.tensor.TestMatrices.assertClose;
import static fathom.tensor.TestMatrices.assertSame;
import static fathom.tensor.TestMatrices.copy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The products in vectors against the reference, over sizes that are no multiple of anything.
class VectorProductsTest {
  private static final WorkerPool TWO = new WorkerPool(2);
  private static final WorkerPool THREE = new WorkerPool(3);
  private final Kernels scalar = new ScalarKernels(Workers.serial());
  private final Kernels vector = new VectorKernels(TWO);

  @AfterAll
  static void close() {
    TWO.close();
    THREE.close();
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of(1, 1, 1),
        Arguments.of(3, 7, 2),
        Arguments.of(5, 16, 3),
        Arguments.of(16, 33, 4),
        Arguments.of(17, 255, 7),
        Arguments.of(33, 257, 1),
        Arguments.of(64, 512, 9),
        Arguments.of(35, 1025, 10),
        Arguments.of(7, 1600, 200),
        Arguments.of(0, 5, 3),
        Arguments.of(4, 0, 3),
        Arguments.of(4, 5, 0));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void matmulAgreesWithTheReference(int rows, int columns, int tokens) {
    TestMatrices random = new TestMatrices(11);
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3)) {
      WeightMatrix w = random.weight(type, rows, columns);
      Matrix x = random.matrix(tokens, columns, 3);
      Matrix expected = random.matrix(tokens, rows);
      Matrix found = random.matrix(tokens, rows, 5);
      scalar.matmul(w, x, expected);
      vector.matmul(w, x, found);
      assertClose(found, expected, 1e-6 * Math.sqrt(columns + 1));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
  void matmulOfQuantisedWeightsAgreesWithTheReference(DType type) {
    TestMatrices random = new TestMatrices(12);
    for (int columns : new int[] {type.blockSize(), 1280}) {
      WeightMatrix w = random.weight(type, 37, columns);
      Matrix x = random.matrix(5, columns);
      Matrix expected = random.matrix(5, 37);
      Matrix found = random.matrix(5, 37);
      scalar.matmul(w, x, expected);
      vector.matmul(w, x, found);
      assertClose(found, expected, 1e-6 * Math.sqrt(columns));
      Matrix dx = random.matrix(5, columns);
      Matrix dxExpected = copy(dx);
      scalar.addMatmulTransposed(w, found, dxExpected);
      vector.addMatmulTransposed(w, found, dx);
      assertClose(dx, dxExpected, 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void transposedMatmulAgreesWithTheReference(int rows, int columns, int tokens) {
    TestMatrices random = new TestMatrices(13);
    for (DType type : List.of(DType.F32, DType.BF16, DType.F8_E4M3)) {
      WeightMatrix w = random.weight(type, rows, columns);
      Matrix x = random.matrix(tokens, rows, 2);
      Matrix found = random.matrix(tokens, columns, 1);
      Matrix expected = copy(found);
      scalar.addMatmulTransposed(w, x, expected);
      vector.addMatmulTransposed(w, x, found);
      assertClose(found, expected, 1e-6 * Math.sqrt(rows + 1));
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void outerProductAgreesWithTheReference(int rows, int columns, int tokens) {
    TestMatrices random = new TestMatrices(14);
    Matrix dy = random.matrix(tokens, rows, 2);
    Matrix x = random.matrix(tokens, columns, 1);
    Matrix found = random.matrix(rows, columns, 4);
    Matrix expected = copy(found);
    scalar.addOuterProduct(dy, x, expected);
    vector.addOuterProduct(dy, x, found);
    assertClose(found, expected, 1e-6 * Math.sqrt(tokens + 1));
  }

  @Test
  void groupedProductsAgreeWithTheReference() {
    TestMatrices random = new TestMatrices(15);
    RowGroups groups = new RowGroups(5);
    groups.setSizes(3, 0, 1, 17, 0);
    List<WeightMatrix> w = random.weights(5, 19, 70);
    Matrix x = random.matrix(21, 70);
    Matrix expected = random.matrix(21, 19);
    Matrix found = random.matrix(21, 19);
    scalar.groupedMatmul(w, groups, x, expected);
    vector.groupedMatmul(w, groups, x, found);
    assertClose(found, expected, 1e-5);
    Matrix dx = random.matrix(21, 70);
    Matrix dxExpected = copy(dx);
    scalar.addGroupedMatmulTransposed(w, groups, found, dxExpected);
    vector.addGroupedMatmulTransposed(w, groups, found, dx);
    assertClose(dx, dxExpected, 1e-5);
    List<Matrix> dw = Stream.generate(() -> random.matrix(19, 70)).limit(5).toList();
    List<Matrix> dwExpected = dw.stream().map(TestMatrices::copy).toList();
    scalar.addGroupedOuterProduct(groups, found, x, dwExpected);
    vector.addGroupedOuterProduct(groups, found, x, dw);
    for (int g = 0; g < 5; g++) {
      assertClose(dw.get(g), dwExpected.get(g), 1e-5);
    }
  }

  @Test
  void headProductsAgreeWithTheReference() {
    TestMatrices random = new TestMatrices(16);
    HeadColumns narrow = new HeadColumns(3, 2, 30, 24);
    HeadColumns wide = new HeadColumns(3, 0, 41, 40);
    List<WeightMatrix> w = random.weights(3, 40, 24);
    Matrix x = random.matrix(7, narrow.width() + 1);
    Matrix found = random.matrix(7, wide.width());
    Matrix expected = copy(found);
    scalar.headMatmul(w, narrow, x, wide, expected);
    vector.headMatmul(w, narrow, x, wide, found);
    assertClose(found, expected, 1e-5);
    Matrix back = random.matrix(7, narrow.width());
    Matrix backExpected = copy(back);
    scalar.addHeadMatmulTransposed(w, wide, found, narrow, backExpected);
    vector.addHeadMatmulTransposed(w, wide, found, narrow, back);
    assertClose(back, backExpected, 1e-5);
  }

  @Test
  void aBatchGivesBitForBitWhatItsRowsGive() {
    TestMatrices random = new TestMatrices(17);
    for (Kernels kernels : List.of(scalar, vector)) {
      for (DType type : List.of(DType.F32, DType.Q8_0, DType.Q4_K, DType.F16)) {
        WeightMatrix w = random.weight(type, 50, 768);
        Matrix x = random.matrix(23, 768);
        Matrix y = random.matrix(23, 50);
        Matrix z = random.matrix(23, 768);
        Matrix zRows = copy(z);
        kernels.matmul(w, x, y);
        kernels.addMatmulTransposed(w, y, z);
        for (int t = 0; t < 23; t++) {
          Matrix row = random.matrix(1, 50);
          kernels.matmul(w, x.rows(t, 1), row);
          assertSame(row, y.rows(t, 1));
          kernels.addMatmulTransposed(w, y.rows(t, 1), zRows.rows(t, 1));
        }
        assertSame(zRows, z);
      }
    }
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    TestMatrices random = new TestMatrices(18);
    WeightMatrix w = random.weight(DType.Q5_K, 301, 1024);
    Matrix x = random.matrix(33, 1024);
    Matrix dy = random.matrix(33, 301);
    Matrix[] y = new Matrix[3];
    Matrix[] dx = new Matrix[3];
    Matrix[] dw = new Matrix[3];
    Workers[] pools = {Workers.serial(), TWO, THREE};
    for (int i = 0; i < 3; i++) {
      Kernels kernels = new VectorKernels(pools[i]);
      y[i] = copy(dy);
      dx[i] = copy(x);
      dw[i] = new TestMatrices(19).matrix(301, 1024);
      kernels.matmul(w, x, y[i]);
      kernels.addMatmulTransposed(w, dy, dx[i]);
      kernels.addOuterProduct(dy, x, dw[i]);
      assertSame(y[i], y[0]);
      assertSame(dx[i], dx[0]);
      assertSame(dw[i], dw[0]);
    }
  }
}
