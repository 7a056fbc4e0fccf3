package fathom.tensor;

import static fathom.tensor.TestMatrices.assertClose;
import static fathom.tensor.TestMatrices.assertSame;
import static fathom.tensor.TestMatrices.copy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
  private static final WorkerPool TWO = new WorkerPool(2);
  private static final WorkerPool THREE = new WorkerPool(3);
  private final Kernels scalar = new ScalarKernels(Workers.serial());
  private final Kernels vector = new VectorKernels(TWO);

  @AfterAll
  static void close() {
    TWO.close();
    THREE.close();
  }

  /// Grouped queries, many heads of odd sizes, absorbed MLA (values within keys), a single head.
  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of(new AttentionShape(6, 2, 32, 32, 64, 0.2f)),
        Arguments.of(new AttentionShape(3, 3, 24, 17, 72, 0.3f)),
        Arguments.of(new AttentionShape(20, 1, 40, 33, 0, 0.15f)),
        Arguments.of(new AttentionShape(1, 1, 1, 1, 1, 1)),
        Arguments.of(new AttentionShape(4, 2, 7, 64, 14, 0.4f)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void agreesWithTheReference(AttentionShape shape) {
    TestMatrices random = new TestMatrices(21);
    for (int rows : new int[] {1, 2, 13, 70}) {
      for (int start : new int[] {0, 1, 63, 64, 150}) {
        Matrix stored = random.matrix(start + rows, shape.rowWidth(), 3);
        List<AttentionSpan> spans =
            List.of(new AttentionSpan(0, rows, start, KeyValueRows.of(stored)));
        Result expected = new Result(scalar, shape, spans, random, rows);
        Result found = new Result(vector, shape, spans, expected.q);
        assertClose(found.out, expected.out, 2e-6 * Math.sqrt(shape.keyDim() + 10));
        assertClose(found.logSumExp, expected.logSumExp, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void readsPagesOfAnyLengthAndFormatAlike(DType type) {
    TestMatrices random = new TestMatrices(22);
    AttentionShape shape = new AttentionShape(4, 2, 16, 16, 32, 0.25f);
    Matrix stored = random.matrix(200, 64);
    Matrix q = random.matrix(5, 64);
    List<Result> results = new ArrayList<>();
    for (int pageRows : new int[] {200, 64, 1, 7, 100}) {
      KeyValueRows pages = Pages.of(stored, type, pageRows, 5);
      List<AttentionSpan> spans = List.of(new AttentionSpan(0, 5, 195, pages));
      Result found = new Result(vector, shape, spans, q);
      Result expected = new Result(scalar, shape, spans, q);
      assertClose(found.out, expected.out, 1e-5);
      assertSame(found.out, (results.isEmpty() ? found : results.get(0)).out);
      results.add(found);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aRowDoesNotDependOnTheOtherRowsNorOnThreads(AttentionShape shape) {
    TestMatrices random = new TestMatrices(23);
    Matrix stored = random.matrix(130, shape.rowWidth());
    Matrix other = random.matrix(9, shape.rowWidth());
    for (Kernels kernels : List.of(scalar, vector, new VectorKernels(THREE))) {
      List<AttentionSpan> spans =
          List.of(
              new AttentionSpan(0, 9, 0, KeyValueRows.of(other)),
              new AttentionSpan(9, 130, 0, KeyValueRows.of(stored)));
      Result batch = new Result(kernels, shape, spans, new TestMatrices(24), 139);
      if (kernels != scalar) {
        assertSame(batch.out, new Result(vector, shape, spans, batch.q).out);
      }
      for (int row : new int[] {0, 1, 62, 63, 64, 65, 129}) {
        List<AttentionSpan> alone = List.of(new AttentionSpan(0, 1, row, KeyValueRows.of(stored)));
        Result single = new Result(kernels, shape, alone, batch.q.rows(9 + row, 1));
        assertSame(single.out, batch.out.rows(9 + row, 1));
        assertSame(single.logSumExp, batch.logSumExp.rows(9 + row, 1));
      }
    }
  }

  @Test
  void aRowNeverReadsWhatComesAfterIt() {
    TestMatrices random = new TestMatrices(25);
    AttentionShape shape = new AttentionShape(4, 2, 16, 16, 32, 0.25f);
    Matrix stored = random.matrix(80, 64);
    Matrix q = random.matrix(80, 64);
    List<AttentionSpan> spans = List.of(new AttentionSpan(0, 80, 0, KeyValueRows.of(stored)));
    Matrix before = new Result(vector, shape, spans, q).out;
    stored.rows(71, 9).fill(Float.NaN);
    Matrix after = new Result(vector, shape, spans, q).out;
    assertSame(after.rows(0, 71), before.rows(0, 71));
    assertThat(after.get(71, 0)).isNaN();
  }

  @Test
  void extremeScoresGiveWeightsOfZeroAndOne() {
    TestMatrices random = new TestMatrices(26);
    AttentionShape shape = new AttentionShape(1, 1, 16, 16, 16, 1e4f);
    Matrix stored = random.matrix(100, 32);
    List<AttentionSpan> spans = List.of(new AttentionSpan(0, 100, 0, KeyValueRows.of(stored)));
    Result expected = new Result(scalar, shape, spans, random, 100);
    Result found = new Result(vector, shape, spans, expected.q);
    assertClose(found.out, expected.out, 1e-3);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsAgreeWithTheReference(AttentionShape shape) {
    TestMatrices random = new TestMatrices(27);
    for (int rows : new int[] {1, 5, 67}) {
      for (int start : new int[] {0, 3, 64}) {
        Backward expected = new Backward(shape, rows, start, random);
        Backward found = new Backward(expected);
        scalar.attentionBackward(shape, expected.spans, expected.gradients);
        vector.attentionBackward(shape, found.spans, found.gradients);
        assertClose(found.gradients.dQ(), expected.gradients.dQ(), 1e-5);
        for (int i = 0; i < 2; i++) {
          Matrix dStored = expected.gradients.dStored().get(i);
          assertClose(found.gradients.dStored().get(i), dStored, 1e-5);
        }
      }
    }
  }

  @Test
  void gradientsDoNotDependOnTheNumberOfThreads() {
    AttentionShape shape = new AttentionShape(6, 2, 32, 32, 64, 0.2f);
    Backward one = new Backward(shape, 67, 3, new TestMatrices(28));
    Backward two = new Backward(one);
    Backward three = new Backward(one);
    new VectorKernels(Workers.serial()).attentionBackward(shape, one.spans, one.gradients);
    vector.attentionBackward(shape, two.spans, two.gradients);
    new VectorKernels(THREE).attentionBackward(shape, three.spans, three.gradients);
    for (Backward other : List.of(two, three)) {
      assertSame(other.gradients.dQ(), one.gradients.dQ());
      assertSame(other.gradients.dStored().get(1), one.gradients.dStored().get(1));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsAreThoseOfFiniteDifferences(AttentionShape shape) {
    for (Kernels kernels : List.of(scalar, vector)) {
      Backward b = new Backward(shape, 4, 2, new TestMatrices(29));
      b.gradients.dQ().fill(0);
      b.gradients.dStored().forEach(m -> m.fill(0));
      kernels.attentionBackward(shape, b.spans, b.gradients);
      for (int i = 0; i < shape.heads() * shape.keyDim(); i += 5) {
        double slope = slope(b, b.gradients.q(), 5, i);
        assertThat((double) b.gradients.dQ().get(5, i)).isCloseTo(slope, within(2e-3));
      }
      for (int i = 0; i < shape.rowWidth(); i += 3) {
        double slope = slope(b, b.stored.get(1), 3, i);
        double found = b.gradients.dStored().get(1).get(3, i);
        assertThat(found).isCloseTo(slope, within(2e-3 * Math.max(1, Math.abs(slope))));
      }
    }
  }

  /// Change of `Σ out * dOut` with one number, by central differences.
  private double slope(Backward b, Matrix m, int row, int column) {
    float at = m.get(row, column);
    float step = 1e-2f;
    m.set(row, column, at + step);
    double up = b.loss(scalar);
    m.set(row, column, at - step);
    double down = b.loss(scalar);
    m.set(row, column, at);
    return (up - down) / (2 * step);
  }

  private static final class Result {
    final Matrix q;
    final Matrix out;
    final Matrix logSumExp;

    Result(Kernels k, AttentionShape s, List<AttentionSpan> spans, TestMatrices random, int rows) {
      this(k, s, spans, random.matrix(rows, s.heads() * s.keyDim(), 1));
    }

    Result(Kernels kernels, AttentionShape shape, List<AttentionSpan> spans, Matrix q) {
      this.q = q;
      out = new TestMatrices(1).matrix(q.rows(), shape.heads() * shape.valueDim(), 2);
      logSumExp = new TestMatrices(1).matrix(q.rows(), shape.heads());
      kernels.attention(shape, spans, q, out, logSumExp);
    }
  }

  /// Two spans of equal length with all that backward needs.
  private final class Backward {
    final AttentionShape shape;
    final List<AttentionSpan> spans;
    final List<Matrix> stored = new ArrayList<>();
    final AttentionGradients gradients;

    Backward(AttentionShape shape, int rows, int start, TestMatrices random) {
      this.shape = shape;
      spans = new ArrayList<>();
      List<Matrix> dStored = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        stored.add(random.matrix(start + rows, shape.rowWidth()));
        dStored.add(random.matrix(start + rows, shape.rowWidth()));
        spans.add(new AttentionSpan(i * rows, rows, start, KeyValueRows.of(stored.get(i))));
      }
      Result forward = new Result(scalar, shape, spans, random, 2 * rows);
      Matrix dOut = random.matrix(2 * rows, forward.out.columns());
      Matrix dQ = random.matrix(2 * rows, forward.q.columns());
      gradients =
          new AttentionGradients(forward.q, forward.out, forward.logSumExp, dOut, dQ, dStored);
    }

    Backward(Backward other) {
      shape = other.shape;
      spans = other.spans;
      AttentionGradients g = other.gradients;
      List<Matrix> dStored = g.dStored().stream().map(TestMatrices::copy).toList();
      gradients =
          new AttentionGradients(g.q(), g.out(), g.logSumExp(), g.dOut(), copy(g.dQ()), dStored);
    }

    double loss(Kernels kernels) {
      Result r = new Result(kernels, shape, spans, gradients.q());
      double sum = 0;
      for (int t = 0; t < r.out.rows(); t++) {
        for (int i = 0; i < r.out.columns(); i++) {
          sum += (double) r.out.get(t, i) * gradients.dOut().get(t, i);
        }
      }
      return sum;
    }
  }
}
