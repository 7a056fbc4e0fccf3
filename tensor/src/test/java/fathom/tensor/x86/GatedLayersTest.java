package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.tensor.GatedGradients;
import fathom.tensor.GatedKernels;
import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.ScalarKernels;
import fathom.tensor.VectorKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The fused operation against the same layers computed step by step in float32.
@ParameterizedClass
@EnumSource(
    value = Tier.class,
    names = {"AVX512", "AMX"})
class GatedLayersTest {
  private final Tier tier;

  GatedLayersTest(Tier tier) {
    this.tier = tier;
  }

  private final SplittableRandom random = new SplittableRandom(71);

  @BeforeEach
  void onlyWhereTheTierIs() {
    assumeTrue(tier.isOn(CpuFeatures.detect()), "skipped: this CPU lacks " + tier);
  }

  private GatedKernels fused(Workers workers) {
    CpuFeatures cpu = CpuFeatures.detect();
    X86Kernels kernels = new X86Kernels(new VectorKernels(workers), cpu, tier, Precision.BFLOAT16);
    GatedKernels gated = kernels.gated();
    if (gated == null) {
      throw new AssertionError("expected fused layers on " + tier + ", found none");
    }
    return gated;
  }

  /// Everything that one call works on.
  private final class Case {
    final GatedLayers layers;
    final GatedRows rows;
    final Matrix x;
    final Matrix gate;
    final Matrix up;
    final Matrix y;
    final Matrix dy;
    final Matrix dx;
    final Matrix weights;
    final Matrix dWeights;
    final List<Matrix> dGate;
    final List<Matrix> dUp;
    final List<Matrix> dDown;

    Case(int hidden, int width, int tokens, int... sizes) {
      layers =
          new GatedLayers(
              weights(sizes.length, width, hidden),
              weights(sizes.length, width, hidden),
              weights(sizes.length, hidden, width));
      RowGroups groups = new RowGroups(sizes.length);
      groups.setSizes(sizes);
      rows = new GatedRows(groups, row -> row * 7 % tokens);
      int count = groups.rows();
      x = matrix(tokens, hidden, 1);
      dy = matrix(tokens, hidden, 1);
      gate = matrix(count, width, 0);
      up = matrix(count, width, 0);
      y = matrix(count, hidden, 0);
      dx = matrix(count, hidden, 1);
      weights = matrix(count, 1, 1);
      dWeights = matrix(count, 1, 1);
      dGate = zeros(sizes.length, width, hidden);
      dUp = zeros(sizes.length, width, hidden);
      dDown = zeros(sizes.length, hidden, width);
    }

    GatedValues values() {
      return new GatedValues(x, gate, up, y);
    }

    GatedGradients gradients() {
      return new GatedGradients(dy, dx, false, weights, dWeights, dGate, dUp, dDown);
    }
  }

  private List<WeightMatrix> weights(int count, int rows, int columns) {
    List<WeightMatrix> weights = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      weights.add(WeightMatrix.of(matrix(rows, columns, 1 / Math.sqrt(columns))));
    }
    return weights;
  }

  private List<Matrix> zeros(int count, int rows, int columns) {
    List<Matrix> zeros = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      zeros.add(matrix(rows, columns, 0));
    }
    return zeros;
  }

  private Matrix matrix(int rows, int columns, double scale) {
    Matrix m = Matrix.allocate(Arena.ofAuto(), rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        m.set(row, column, (float) (scale * random.nextDouble(-1, 1)));
      }
    }
    return m;
  }

  /// Step by step, each group by itself, with the rows copied.
  private void assertAgrees(Case c) {
    ScalarKernels kernels = new ScalarKernels(Workers.serial());
    for (int g = 0; g < c.layers.count(); g++) {
      int start = c.rows.groups().start(g);
      int size = c.rows.groups().size(g);
      int width = c.layers.width();
      int hidden = c.layers.hidden();
      Matrix x = matrix(size, hidden, 0);
      Matrix dy = matrix(size, hidden, 0);
      for (int row = 0; row < size; row++) {
        int source = c.rows.source().row(start + row);
        x.setRow(row, c.x.toArray(source));
        float[] d = c.dy.toArray(source);
        for (int i = 0; i < hidden; i++) {
          dy.set(row, i, d[i] * c.weights.get(start + row, 0));
        }
      }
      Matrix gate = matrix(size, width, 0);
      Matrix up = matrix(size, width, 0);
      Matrix inner = matrix(size, width, 0);
      Matrix y = matrix(size, hidden, 0);
      kernels.matmul(c.layers.gate().get(g), x, gate);
      kernels.matmul(c.layers.up().get(g), x, up);
      kernels.siluMul(gate, up, inner);
      kernels.matmul(c.layers.down().get(g), inner, y);
      Matrix dInner = matrix(size, width, 0);
      Matrix dGate = matrix(size, width, 0);
      Matrix dUp = matrix(size, width, 0);
      Matrix dx = matrix(size, hidden, 0);
      kernels.matmulTransposed(c.layers.down().get(g), dy, dInner);
      kernels.siluMulBackward(gate, up, dInner, dGate, dUp);
      kernels.matmulTransposed(c.layers.gate().get(g), dGate, dx);
      kernels.addMatmulTransposed(c.layers.up().get(g), dUp, dx);
      Matrix ofDown = matrix(hidden, width, 0);
      Matrix ofGate = matrix(width, hidden, 0);
      Matrix ofUp = matrix(width, hidden, 0);
      kernels.addOuterProduct(dy, inner, ofDown);
      kernels.addOuterProduct(dGate, x, ofGate);
      kernels.addOuterProduct(dUp, x, ofUp);
      assertClose(c.y.rows(start, size), y, "y");
      assertClose(c.dx.rows(start, size), dx, "dx");
      assertClose(c.dGate.get(g), ofGate, "dGate");
      assertClose(c.dUp.get(g), ofUp, "dUp");
      assertClose(c.dDown.get(g), ofDown, "dDown");
      for (int row = 0; row < size; row++) {
        float[] d = c.dy.toArray(c.rows.source().row(start + row));
        double dot = 0;
        for (int i = 0; i < hidden; i++) {
          dot += (double) d[i] * y.get(row, i);
        }
        assertThat((double) c.dWeights.get(start + row, 0)).isCloseTo(dot, within(0.1));
      }
    }
  }

  /// BF16 factors: a share of the largest number.
  private static void assertClose(Matrix found, Matrix expected, String what) {
    double largest = 0;
    double worst = 0;
    for (int row = 0; row < expected.rows(); row++) {
      for (int column = 0; column < expected.columns(); column++) {
        largest = Math.max(largest, Math.abs(expected.get(row, column)));
        worst = Math.max(worst, Math.abs(expected.get(row, column) - found.get(row, column)));
      }
    }
    assertThat(worst).as(what).isLessThanOrEqualTo(0.02 * largest + 1e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "32, 32, 40, 32, 32",
    "64, 48, 300, 129, 260",
    "40, 24, 50, 0, 17",
    "33, 17, 5, 1, 0",
    "256, 176, 128, 128, 127",
  })
  void agreesWithTheStepsInFloat32(int hidden, int width, int tokens, int first, int second) {
    Case c = new Case(hidden, width, tokens, first, 5, second);
    try (WorkerPool workers = new WorkerPool(2)) {
      GatedKernels fused = fused(workers);
      fused.forward(c.layers, c.rows, c.values());
      fused.backward(c.layers, c.rows, c.values(), c.gradients());
    }
    assertAgrees(c);
  }

  @Test
  void isTheSameWhateverTheThreads() {
    Case c = new Case(64, 48, 300, 129, 0, 260);
    List<float[]> results = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3}) {
      c.dGate.getFirst().fill(0);
      try (WorkerPool workers = new WorkerPool(threads)) {
        GatedKernels fused = fused(workers);
        fused.forward(c.layers, c.rows, c.values());
        fused.backward(c.layers, c.rows, c.values(), c.gradients());
      }
      results.add(c.dx.toArray(200));
      results.add(c.dGate.getFirst().toArray(3));
    }
    assertThat(results.get(2)).containsExactly(results.get(0));
    assertThat(results.get(3)).containsExactly(results.get(1));
    assertThat(results.get(4)).containsExactly(results.get(0));
    assertThat(results.get(5)).containsExactly(results.get(1));
  }

  @Test
  void refusesRowsOfNoToken() {
    Case c = new Case(32, 32, 10, 4);
    GatedRows outside = new GatedRows(c.rows.groups(), row -> 9 + row);
    try (WorkerPool workers = new WorkerPool(1)) {
      GatedKernels fused = fused(workers);
      assertThatThrownBy(() -> fused.forward(c.layers, outside, c.values()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gated rows: expected sources below 10, found 10");
    }
  }
}
