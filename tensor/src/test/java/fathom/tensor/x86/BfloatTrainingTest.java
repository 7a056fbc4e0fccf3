package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The products of training. Both factors are rounded to BF16, so each product may be off by two
/// roundings.
@ParameterizedClass
@EnumSource(
    value = Tier.class,
    names = {"AVX512", "AMX"})
class BfloatTrainingTest {
  private final Tier tier;

  BfloatTrainingTest(Tier tier) {
    this.tier = tier;
  }

  private static final int[][] SIZES = {
    {1, 1, 1}, {5, 3, 7}, {16, 32, 16}, {33, 40, 65}, {70, 96, 80}, {130, 17, 31}
  };

  private final Arena arena = Arena.ofShared();
  private final ScalarKernels scalar = new ScalarKernels(Workers.serial());
  private final Random random = new Random(3);
  private X86Kernels kernels;

  @BeforeEach
  void assemble() {
    kernels = TierUnderTest.kernels(tier, Precision.BFLOAT16);
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private Matrix gaussian(int rows, int columns) {
    return TestNumbers.gaussian(arena, rows, columns, random);
  }

  private WeightMatrix weight(int rows, int columns) {
    Matrix m = Matrix.allocate(arena, rows, columns);
    m.copyFrom(gaussian(rows, columns));
    return WeightMatrix.of(m);
  }

  private Matrix copy(Matrix m) {
    Matrix copy = Matrix.allocate(arena, m.rows(), m.columns());
    copy.copyFrom(m);
    return copy;
  }

  /// Runs an operation with both providers on copies of `result`; inputs are of order 1, so a sum
  /// of `terms` products is off by less than 4 sqrt(terms) roundings of a product of size 10.
  private void requireSame(Matrix result, int terms, OnResult operation) {
    Matrix expected = copy(result);
    operation.run(kernels, result);
    operation.run(scalar, expected);
    double error = 2 * TestNumbers.BF16_ROUNDING * 10 * 4 * Math.sqrt(terms);
    requireClose(result, expected, error);
  }

  private interface OnResult {
    void run(Kernels kernels, Matrix result);
  }

  private static void requireClose(Matrix found, Matrix expected, double error) {
    for (int row = 0; row < found.rows(); row++) {
      double worst = 0;
      for (int column = 0; column < found.columns(); column++) {
        double difference = Math.abs(found.get(row, column) - expected.get(row, column));
        worst = Double.isNaN(difference) ? difference : Math.max(worst, difference);
      }
      assertThat(worst).as("row %d of %s", row, found).isLessThan(error);
    }
  }

  @Test
  void matmulAgreesWithTheReference() {
    for (int[] size : SIZES) {
      WeightMatrix w = weight(size[1], size[2]);
      Matrix x = gaussian(size[0], size[2]);
      requireSame(gaussian(size[0], size[1]), size[2], (k, y) -> k.matmul(w, x, y));
    }
  }

  @Test
  void transposedMatmulAddsWhatTheReferenceAdds() {
    for (int[] size : SIZES) {
      WeightMatrix w = weight(size[1], size[2]);
      Matrix x = gaussian(size[0], size[1]);
      requireSame(gaussian(size[0], size[2]), size[1], (k, y) -> k.addMatmulTransposed(w, x, y));
    }
  }

  @Test
  void transposedMatmulReadsEveryFormat() {
    for (DType format : DType.values()) {
      if (!RowPacker.packs(format)) {
        continue;
      }
      for (int[] size : new int[][] {{1, 1, 1}, {33, 40, 3}, {5, 70, 2}, {130, 17, 1}}) {
        int columns = size[2] * (format.isQuantized() ? format.blockSize() : 45);
        WeightMatrix w = TestNumbers.weight(arena, format, size[1], columns, random);
        Matrix x = gaussian(size[0], size[1]);
        requireSame(gaussian(size[0], columns), size[1], (k, y) -> k.addMatmulTransposed(w, x, y));
      }
    }
  }

  @Test
  void transposedMatmulScalesTheBlocksOfFp8() {
    Matrix scales = gaussian(3, 3);
    WeightMatrix whole =
        TestNumbers.weight(arena, DType.F8_E4M3, 290, 300, random)
            .withScales(new Fp8Blocks(scales));
    WeightMatrix view = whole.rows(101, 170);
    Matrix x = gaussian(9, 170);
    requireSame(gaussian(9, 300), 170, (k, y) -> k.addMatmulTransposed(view, x, y));
  }

  @Test
  void transposedMatmulOfRoundedWeightsIsServedHere() {
    WeightMatrix w = TestNumbers.weight(arena, DType.BF16, 40, 24, random);

    assertThat(kernels.instructions(w, 16, true)).isPresent();
  }

  @Test
  void outerProductAddsWhatTheReferenceAdds() {
    for (int[] size : SIZES) {
      Matrix dy = gaussian(size[0], size[1]);
      Matrix x = gaussian(size[0], size[2]);
      requireSame(gaussian(size[1], size[2]), size[0], (k, dw) -> k.addOuterProduct(dy, x, dw));
    }
  }

  @Test
  void outerProductOverManyTokensGoesThroughSeveralChunks() {
    Matrix dy = gaussian(1100, 35);
    Matrix x = gaussian(1100, 50);
    requireSame(gaussian(35, 50), 1100, (k, dw) -> k.addOuterProduct(dy, x, dw));
  }

  private List<WeightMatrix> weights(int count, int rows, int columns) {
    List<WeightMatrix> weights = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      weights.add(weight(rows, columns));
    }
    return weights;
  }

  private static RowGroups groups(int... sizes) {
    RowGroups groups = new RowGroups(sizes.length);
    groups.setSizes(sizes);
    return groups;
  }

  @Test
  void groupedProductsAgreeWithTheReference() {
    RowGroups groups = groups(3, 0, 70, 1, 0);
    List<WeightMatrix> w = weights(5, 40, 33);
    Matrix x = gaussian(74, 33);
    Matrix dy = gaussian(74, 40);
    requireSame(gaussian(74, 40), 33, (k, y) -> k.groupedMatmul(w, groups, x, y));
    requireSame(gaussian(74, 33), 40, (k, y) -> k.addGroupedMatmulTransposed(w, groups, dy, y));
  }

  @Test
  void groupedOuterProductsAgreeWithTheReference() {
    RowGroups groups = groups(0, 600, 1, 0, 40, 0);
    Matrix dy = gaussian(641, 20);
    Matrix x = gaussian(641, 18);
    List<Matrix> found = new ArrayList<>();
    List<Matrix> expected = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      found.add(gaussian(20, 18));
      expected.add(copy(found.getLast()));
    }
    kernels.addGroupedOuterProduct(groups, dy, x, found);
    scalar.addGroupedOuterProduct(groups, dy, x, expected);
    for (int i = 0; i < 6; i++) {
      requireClose(found.get(i), expected.get(i), 8.0);
      requireClose(found.get(i), expected.get(i), 0.08 * Math.sqrt(1 + groups.size(i)));
    }
  }

  @Test
  void headProductsAgreeWithTheReference() {
    HeadColumns narrow = new HeadColumns(3, 4, 20, 17);
    HeadColumns wide = new HeadColumns(3, 0, 25, 24);
    List<WeightMatrix> w = weights(3, 24, 17);
    Matrix x = gaussian(9, 64);
    Matrix dy = gaussian(9, 80);
    requireSame(gaussian(9, 80), 17, (k, y) -> k.headMatmul(w, narrow, x, wide, y));
    requireSame(gaussian(9, 64), 24, (k, y) -> k.addHeadMatmulTransposed(w, wide, dy, narrow, y));
  }

  @Test
  void headsThatAddToTheSameColumnsAllCount() {
    HeadColumns same = new HeadColumns(3, 2, 0, 17);
    List<WeightMatrix> w = weights(3, 24, 17);
    Matrix dy = gaussian(9, 72);
    requireSame(
        gaussian(9, 20),
        72,
        (k, y) -> k.addHeadMatmulTransposed(w, HeadColumns.packed(3, 24), dy, same, y));
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    WeightMatrix w = weight(150, 90);
    Matrix x = gaussian(700, 90);
    Matrix dy = gaussian(700, 150);
    try (WorkerPool pool = new WorkerPool(3)) {
      X86Kernels parallel = TierUnderTest.kernels(tier, Precision.BFLOAT16, pool);
      requireIdentical(700, 150, k -> y -> k.matmul(w, x, y), parallel);
      requireIdentical(700, 90, k -> y -> k.addMatmulTransposed(w, dy, y), parallel);
      requireIdentical(150, 90, k -> dw -> k.addOuterProduct(dy, x, dw), parallel);
    }
  }

  private interface OfKernels {
    Consumer<Matrix> with(X86Kernels kernels);
  }

  private void requireIdentical(int rows, int columns, OfKernels operation, X86Kernels parallel) {
    Matrix one = Matrix.allocate(arena, rows, columns);
    Matrix many = Matrix.allocate(arena, rows, columns);
    operation.with(kernels).accept(one);
    operation.with(parallel).accept(many);
    for (int row = 0; row < rows; row++) {
      assertThat(many.toArray(row)).isEqualTo(one.toArray(row));
    }
  }

  @Test
  void aTokenAloneGivesTheBitsThatItGivesAmongMany() {
    WeightMatrix w = weight(150, 90);
    Matrix x = gaussian(200, 90);
    Matrix all = Matrix.allocate(arena, 200, 150);
    Matrix alone = Matrix.allocate(arena, 1, 150);
    kernels.matmul(w, x, all);
    for (int token : new int[] {0, 31, 199}) {
      kernels.matmul(w, x.rows(token, 1), alone);
      assertThat(alone.toArray(0)).isEqualTo(all.toArray(token));
    }
  }

  @Test
  void notANumberReachesExactlyItsOwnRow() {
    WeightMatrix w = weight(40, 50);
    Matrix x = gaussian(70, 50);
    x.set(33, 7, Float.NaN);
    x.set(34, 7, Float.POSITIVE_INFINITY);
    Matrix y = Matrix.allocate(arena, 70, 40);
    kernels.matmul(w, x, y);
    for (int row = 0; row < 70; row++) {
      for (float value : y.toArray(row)) {
        assertThat(Float.isFinite(value)).as("row %d", row).isEqualTo(row != 33 && row != 34);
      }
    }
    assertThat(y.get(33, 0)).isNaN();
  }

  @Test
  void zeroTokensAreNoWork() {
    WeightMatrix w = weight(40, 50);
    kernels.matmul(w, Matrix.allocate(arena, 0, 50), Matrix.allocate(arena, 0, 40));
    Matrix dw = gaussian(40, 50);
    Matrix before = copy(dw);
    kernels.addOuterProduct(Matrix.allocate(arena, 0, 40), Matrix.allocate(arena, 0, 50), dw);
    assertThat(dw.toArray(3)).isEqualTo(before.toArray(3));
  }
}
