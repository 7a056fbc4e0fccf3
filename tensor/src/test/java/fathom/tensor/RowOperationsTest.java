package fathom.tensor;

import static fathom.tensor.TestMatrices.assertClose;
import static fathom.tensor.TestMatrices.assertSame;
import static fathom.tensor.TestMatrices.copy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The row-wise operations of both providers.
class RowOperationsTest {
  private static final float EPS = 1e-5f;
  private static final WorkerPool TWO = new WorkerPool(2);
  private final Kernels scalar = new ScalarKernels(Workers.serial());
  private final Kernels vector = new VectorKernels(TWO);

  @AfterAll
  static void close() {
    TWO.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 16, 33, 64, 255, 257, 5000})
  void rmsNormAgreesWithTheReference(int columns) {
    TestMatrices random = new TestMatrices(31);
    Matrix x = random.matrix(5, columns, 2);
    Matrix weight = random.matrix(1, columns);
    Matrix expected = random.matrix(5, columns);
    Matrix found = random.matrix(5, columns, 1);
    scalar.rmsNorm(x, weight, EPS, expected);
    vector.rmsNorm(x, weight, EPS, found);
    assertClose(found, expected, 1e-6);
    RmsNormGradients a = gradients(x, weight, new TestMatrices(32));
    RmsNormGradients b = gradients(x, weight, new TestMatrices(32));
    scalar.rmsNormBackward(a, EPS);
    vector.rmsNormBackward(b, EPS);
    assertClose(b.dx(), a.dx(), 1e-5);
    assertClose(b.dWeight(), a.dWeight(), 1e-5);
    vector.rmsNorm(x, weight, EPS, x);
    assertSame(copy(x), copy(found));
  }

  private static RmsNormGradients gradients(Matrix x, Matrix weight, TestMatrices random) {
    Matrix dy = random.matrix(x.rows(), x.columns());
    Matrix dx = random.matrix(x.rows(), x.columns());
    return new RmsNormGradients(x, weight, dy, dx, random.matrix(1, x.columns()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 16, 33, 255, 257, 9000})
  void elementwiseOperationsAgreeWithTheReference(int columns) {
    TestMatrices random = new TestMatrices(33);
    Matrix gate = random.matrix(3, columns, 1);
    Matrix up = random.matrix(3, columns);
    Matrix dy = random.matrix(3, columns);
    Matrix[] found = {random.matrix(3, columns), random.matrix(3, columns), copy(gate)};
    Matrix[] expected = {copy(found[0]), copy(found[1]), copy(gate)};
    vector.siluMulBackward(gate, up, dy, found[0], found[1]);
    scalar.siluMulBackward(gate, up, dy, expected[0], expected[1]);
    vector.softmax(found[2]);
    scalar.softmax(expected[2]);
    for (int i = 0; i < 3; i++) {
      assertClose(found[i], expected[i], 1e-6);
    }
    vector.siluMul(gate, up, found[0]);
    scalar.siluMul(gate, up, expected[0]);
    assertClose(found[0], expected[0], 1e-6);
    vector.siluMul(gate, up, gate);
    assertSame(copy(gate), found[0]);
    vector.addScaled(-1.5f, up, found[0]);
    scalar.addScaled(-1.5f, up, expected[0]);
    assertClose(found[0], expected[0], 1e-6);
  }

  @ParameterizedTest
  @EnumSource
  void ropeAgreesWithTheReferenceAndIsUndone(RotaryTable.Layout layout) {
    for (int dim : new int[] {2, 6, 16, 32, 34, 64, 72}) {
      TestMatrices random = new TestMatrices(34);
      RotaryTable table = table(20, dim, layout);
      HeadColumns heads = new HeadColumns(3, 4, dim + 5, dim);
      Matrix found = random.matrix(6, heads.width() + 3, 1);
      Matrix expected = copy(found);
      Matrix before = copy(found);
      int[] positions = {0, 1, 5, 19, 5, 7};
      scalar.rope(table, positions, heads, expected);
      vector.rope(table, positions, heads, found);
      assertClose(found, expected, 1e-6);
      vector.ropeInverse(table, positions, heads, found);
      scalar.ropeInverse(table, positions, heads, expected);
      assertClose(found, before, 1e-6);
      assertClose(expected, before, 1e-6);
    }
  }

  private static RotaryTable table(int positions, int dim, RotaryTable.Layout layout) {
    Matrix cos = Matrix.allocate(Arena.ofAuto(), positions, dim / 2);
    Matrix sin = Matrix.allocate(Arena.ofAuto(), positions, dim / 2);
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < dim / 2; i++) {
        double angle = p * Math.pow(10_000, -2.0 * i / dim);
        cos.set(p, i, (float) Math.cos(angle));
        sin.set(p, i, (float) Math.sin(angle));
      }
    }
    return new RotaryTable(cos, sin, layout);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "F8_E4M3", "Q8_0", "Q4_0", "Q4_K", "Q5_K", "Q6_K"})
  void gatheredRowsAreTheDecodedRows(DType type) {
    WeightMatrix table = new TestMatrices(35).weight(type, 20, 768);
    Matrix y = Matrix.allocate(Arena.ofAuto(), 4, 768);
    vector.gatherRows(table, new int[] {19, 0, 7, 7}, y);
    Matrix expected = Matrix.allocate(Arena.ofAuto(), 4, 768);
    scalar.gatherRows(table, new int[] {19, 0, 7, 7}, expected);
    assertClose(y, expected, 0);
  }

  @Test
  void everyRowIsComputedAsIfItWereAlone() {
    TestMatrices random = new TestMatrices(36);
    Matrix x = random.matrix(700, 37);
    Matrix weight = random.matrix(1, 37);
    for (Kernels kernels : List.of(scalar, vector)) {
      List<Consumer<Matrix>> operations =
          List.of(
              m -> kernels.rmsNorm(m, weight, EPS, m),
              kernels::softmax,
              m -> kernels.siluMul(m, m, m));
      for (Consumer<Matrix> operation : operations) {
        Matrix batch = copy(x);
        operation.accept(batch);
        for (int r = 0; r < 700; r += 69) {
          Matrix row = copy(x.rows(r, 1));
          operation.accept(row);
          assertSame(row, batch.rows(r, 1));
        }
      }
    }
  }

  @Test
  void extremeNumbersBehaveAsInTheReference() {
    float[] values = {
      0, -0f, Float.MIN_VALUE, -1e-40f, 1e-30f, 80, -80, 88.7f, -88.7f, 104, -104, 1e30f, -1e30f
    };
    Matrix gate = Matrix.allocate(Arena.ofAuto(), 1, values.length * 3);
    Matrix up = Matrix.allocate(Arena.ofAuto(), 1, values.length * 3);
    up.fill(1);
    for (int i = 0; i < gate.columns(); i++) {
      gate.set(0, i, values[i % values.length]);
    }
    Matrix found = copy(gate);
    Matrix expected = copy(gate);
    vector.siluMul(gate, up, found);
    scalar.siluMul(gate, up, expected);
    for (int i = 0; i < gate.columns(); i++) {
      float e = expected.get(0, i);
      assertThat(found.get(0, i)).isCloseTo(e, within(Math.abs(e) * 1e-6f + 1e-38f));
    }
    vector.softmax(gate);
    assertThat(gate.get(0, 11)).isCloseTo(1 / 3f, within(1e-6f));
    gate.set(0, 38, Float.NaN);
    vector.softmax(gate);
    assertThat(gate.get(0, 0)).isNaN();
    gate.fill(Float.NaN);
    vector.rmsNorm(gate, up, EPS, found);
    assertThat(found.get(0, 20)).isNaN();
    vector.siluMul(gate, up, found);
    assertThat(found.get(0, 0)).isNaN();
    assertThat(found.get(0, 38)).isNaN();
  }

  @Test
  void theExponentialIsAccurateAndTheSameInEveryLane() {
    for (float x = -110; x < 90; x += 0.0371f) {
      float expected = (float) Math.exp(x);
      float found = VectorMath.exp(x);
      if (expected >= Float.MIN_NORMAL && expected < Float.MAX_VALUE) {
        assertThat(found).isCloseTo(expected, within(2 * Math.ulp(expected)));
      } else if (expected == 0) {
        assertThat(found).isLessThan(3 * Float.MIN_VALUE);
      }
      float[] lanes = new float[Lanes.LENGTH];
      VectorMath.exp(jdk.incubator.vector.FloatVector.broadcast(Lanes.FLOATS, x))
          .intoArray(lanes, 0);
      for (float lane : lanes) {
        assertThat(lane).isEqualTo(found);
      }
    }
    assertThat(VectorMath.exp(Float.NaN)).isNaN();
    assertThat(VectorMath.exp(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(VectorMath.exp(Float.POSITIVE_INFINITY)).isInfinite();
    assertThat(VectorMath.exp(0f)).isEqualTo(1);
  }

  @Test
  void backwardsAreThoseOfFiniteDifferences() {
    for (Kernels kernels : List.of(scalar, vector)) {
      TestMatrices random = new TestMatrices(37);
      Matrix x = random.matrix(3, 21);
      Matrix weight = random.matrix(1, 21);
      RmsNormGradients g = gradients(x, weight, random);
      g.dx().fill(0);
      g.dWeight().fill(0);
      kernels.rmsNormBackward(g, EPS);
      Matrix y = random.matrix(3, 21);
      Runnable norm = () -> scalar.rmsNorm(x, weight, EPS, y);
      assertSlopes(norm, y, g.dy(), x, g.dx());
      assertSlopes(norm, y, g.dy(), weight, g.dWeight());
      Matrix up = random.matrix(3, 21);
      Matrix dGate = Matrix.allocate(Arena.ofAuto(), 3, 21);
      Matrix dUp = Matrix.allocate(Arena.ofAuto(), 3, 21);
      kernels.siluMulBackward(x, up, g.dy(), dGate, dUp);
      Runnable silu = () -> scalar.siluMul(x, up, y);
      assertSlopes(silu, y, g.dy(), x, dGate);
      assertSlopes(silu, y, g.dy(), up, dUp);
    }
  }

  /// `gradient` is the change of `Σ y * dy` with each number of `m`.
  private static void assertSlopes(
      Runnable forward, Matrix y, Matrix dy, Matrix m, Matrix gradient) {
    float step = 1e-2f;
    for (int r = 0; r < m.rows(); r++) {
      for (int c = 0; c < m.columns(); c++) {
        float at = m.get(r, c);
        m.set(r, c, at + step);
        forward.run();
        double up = dot(y, dy);
        m.set(r, c, at - step);
        forward.run();
        double down = dot(y, dy);
        m.set(r, c, at);
        double slope = (up - down) / (2 * step);
        assertThat((double) gradient.get(r, c)).isCloseTo(slope, within(3e-3));
      }
    }
  }

  private static double dot(Matrix a, Matrix b) {
    double sum = 0;
    for (int r = 0; r < a.rows(); r++) {
      for (int c = 0; c < a.columns(); c++) {
        sum += (double) a.get(r, c) * b.get(r, c);
      }
    }
    return sum;
  }
}
