package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.KeyValueRows;
import fathom.tensor.Matrix;
import fathom.tensor.Pages;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Attention from packed panels rounds queries, keys, values and weights to BF16.
@ParameterizedClass
@EnumSource(
    value = Tier.class,
    names = {"AVX512", "AMX"})
class TileAttentionTest {
  private final Tier tier;

  TileAttentionTest(Tier tier) {
    this.tier = tier;
  }

  private static final AttentionShape MANY_HEADS = new AttentionShape(3, 3, 24, 40, 72, 0.2f);
  private static final AttentionShape GROUPED = new AttentionShape(6, 2, 64, 64, 128, 0.125f);
  private static final AttentionShape ABSORBED = new AttentionShape(16, 1, 72, 64, 0, 0.1f);

  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(21);
  private X86Kernels kernels;

  @BeforeEach
  void assemble() {
    kernels = TierUnderTest.kernels(tier, Precision.MIXED);
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private Matrix gaussian(int rows, int columns) {
    return TestNumbers.gaussian(arena, rows, columns, random);
  }

  private record Results(Matrix out, Matrix logSumExp) {}

  private Results run(Kernels k, AttentionShape shape, List<AttentionSpan> spans, Matrix q) {
    Matrix out = gaussian(q.rows(), shape.heads() * shape.valueDim());
    Matrix logSumExp = gaussian(q.rows(), shape.heads());
    k.attention(shape, spans, q, out, logSumExp);
    return new Results(out, logSumExp);
  }

  private void requireLikeTheReference(AttentionShape shape, List<AttentionSpan> spans, Matrix q) {
    Results found = run(kernels, shape, spans, q);
    Results expected = run(new ScalarKernels(Workers.serial()), shape, spans, q);
    // Rows are of order 1: a score adds keyDim products of size up to 10, each off by two roundings
    // of which few have the same sign; weights and values add two more.
    double roundings = 2 * TestNumbers.BF16_ROUNDING;
    double score = roundings * 4 * Math.sqrt(shape.keyDim()) * shape.scale() * 2;
    for (AttentionSpan span : spans) {
      for (int row = span.firstRow(); row < span.firstRow() + span.rows(); row++) {
        requireClose(found.out, expected.out, row, 4 * (2 * score + roundings));
        requireClose(found.logSumExp, expected.logSumExp, row, score + roundings);
      }
    }
  }

  private static void requireClose(Matrix found, Matrix expected, int row, double error) {
    double worst = 0;
    for (int column = 0; column < found.columns(); column++) {
      double difference = Math.abs(found.get(row, column) - expected.get(row, column));
      worst = Double.isNaN(difference) ? Double.NaN : Math.max(worst, difference);
    }
    assertThat(worst).as("row %d", row).isLessThanOrEqualTo(error);
  }

  /// Rows `0 .. count - 1` of a store of this type, in pages of 7 or 64 rows.
  private KeyValueRows stored(AttentionShape shape, DType type, int count, int pageRows) {
    return Pages.of(gaussian(count, shape.rowWidth()), type, pageRows, 3);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void promptsOfEveryShapeAgreeWithTheReference(DType type) {
    for (AttentionShape shape : List.of(MANY_HEADS, GROUPED, ABSORBED)) {
      for (int rows : new int[] {1, 5, 33, 70}) {
        Matrix q = gaussian(rows, shape.heads() * shape.keyDim());
        KeyValueRows stored = stored(shape, type, rows, rows > 40 ? 7 : 64);
        requireLikeTheReference(shape, List.of(new AttentionSpan(0, rows, 0, stored)), q);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void laterRowsOfALongContextAgreeWithTheReference(DType type) {
    for (AttentionShape shape : List.of(GROUPED, ABSORBED)) {
      for (int rows : new int[] {1, 40}) {
        Matrix q = gaussian(rows, shape.heads() * shape.keyDim());
        KeyValueRows stored = stored(shape, type, 1100 + rows, 64);
        requireLikeTheReference(shape, List.of(new AttentionSpan(0, rows, 1100, stored)), q);
      }
    }
  }

  @Test
  void spansOfSeveralSequencesAreIndependent() {
    Matrix q = gaussian(60, GROUPED.heads() * GROUPED.keyDim());
    List<AttentionSpan> spans = new ArrayList<>();
    spans.add(new AttentionSpan(2, 1, 700, stored(GROUPED, DType.BF16, 701, 64)));
    spans.add(new AttentionSpan(3, 0, 5, stored(GROUPED, DType.BF16, 5, 64)));
    spans.add(new AttentionSpan(4, 50, 500, stored(GROUPED, DType.BF16, 550, 16)));
    spans.add(new AttentionSpan(55, 2, 0, stored(GROUPED, DType.F32, 2, 2)));
    spans.add(new AttentionSpan(58, 1, 0, stored(GROUPED, DType.F16, 1, 64)));
    requireLikeTheReference(GROUPED, spans, q);
  }

  @Test
  void aRowAloneGivesTheBitsThatItGivesInAPrompt() {
    for (AttentionShape shape : List.of(MANY_HEADS, GROUPED, ABSORBED)) {
      Matrix q = gaussian(600, shape.heads() * shape.keyDim());
      KeyValueRows stored = stored(shape, DType.F32, 600, 64);
      Results all = run(kernels, shape, List.of(new AttentionSpan(0, 600, 0, stored)), q);
      for (int row : new int[] {0, 31, 511, 512, 599}) {
        Results one = run(kernels, shape, List.of(new AttentionSpan(row, 1, row, stored)), q);
        assertThat(one.out.toArray(row)).isEqualTo(all.out.toArray(row));
        assertThat(one.logSumExp.toArray(row)).isEqualTo(all.logSumExp.toArray(row));
      }
    }
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    Matrix q = gaussian(90, ABSORBED.heads() * ABSORBED.keyDim());
    List<AttentionSpan> spans =
        List.of(
            new AttentionSpan(0, 1, 1500, stored(ABSORBED, DType.BF16, 1501, 64)),
            new AttentionSpan(1, 89, 20, stored(ABSORBED, DType.F32, 109, 64)));
    Results one = run(kernels, ABSORBED, spans, q);
    try (WorkerPool pool = new WorkerPool(3)) {
      X86Kernels parallel = TierUnderTest.kernels(tier, Precision.MIXED, pool);
      Results many = run(parallel, ABSORBED, spans, q);
      for (int row = 0; row < 90; row++) {
        assertThat(many.out.toArray(row)).isEqualTo(one.out.toArray(row));
      }
    }
  }

  @Test
  void scoresFarApartDoNotOverflow() {
    Matrix q = gaussian(40, GROUPED.heads() * GROUPED.keyDim());
    for (int column = 0; column < q.columns(); column++) {
      q.set(7, column, 1e4f * q.get(7, column));
      q.set(8, column, 0);
    }
    KeyValueRows stored = stored(GROUPED, DType.F32, 40, 64);
    Results r = run(kernels, GROUPED, List.of(new AttentionSpan(0, 40, 0, stored)), q);
    for (float value : r.out.toArray(7)) {
      assertThat(value).isFinite();
    }
    assertThat(r.logSumExp.get(8, 0))
        .isCloseTo((float) Math.log(9), org.assertj.core.data.Offset.offset(1e-5f));
  }

  @Test
  void notANumberInAQueryReachesItsRowAlone() {
    Matrix q = gaussian(40, GROUPED.heads() * GROUPED.keyDim());
    q.set(9, 3, Float.NaN);
    KeyValueRows stored = stored(GROUPED, DType.F32, 40, 64);
    Results r = run(kernels, GROUPED, List.of(new AttentionSpan(0, 40, 0, stored)), q);
    for (int row = 0; row < 40; row++) {
      assertThat(Float.isNaN(r.out.get(row, 0))).as("row %d", row).isEqualTo(row == 9);
      assertThat(Float.isNaN(r.out.get(row, 64))).isFalse();
    }
  }

  @Test
  void float32RowsStayExactUnlessRoundingIsAskedFor() {
    Matrix q = gaussian(5, GROUPED.heads() * GROUPED.keyDim());
    KeyValueRows stored = stored(GROUPED, DType.F32, 5, 64);
    List<AttentionSpan> spans = List.of(new AttentionSpan(0, 5, 0, stored));
    Results exact = run(TierUnderTest.kernels(tier, Precision.FLOAT32), GROUPED, spans, q);
    Results expected = run(new ScalarKernels(Workers.serial()), GROUPED, spans, q);
    assertThat(exact.out.toArray(4)).isEqualTo(expected.out.toArray(4));
  }

  @Test
  void gradientsAgreeWithTheReference() {
    X86Kernels training = TierUnderTest.kernels(tier, Precision.BFLOAT16);
    AttentionShape shared = new AttentionShape(5, 1, 40, 24, 0, 0.2f);
    for (AttentionShape shape : List.of(MANY_HEADS, GROUPED, shared)) {
      Matrix q = gaussian(760, shape.heads() * shape.keyDim());
      List<AttentionSpan> spans =
          List.of(
              new AttentionSpan(0, 1, 0, rows(shape, 1)),
              new AttentionSpan(1, 33, 0, rows(shape, 33)),
              new AttentionSpan(34, 550, 0, rows(shape, 550)),
              new AttentionSpan(700, 50, 500, rows(shape, 550)));
      Results forward = run(training, shape, spans, q);
      Matrix dOut = gaussian(760, shape.heads() * shape.valueDim());
      AttentionGradients found = gradients(q, forward, dOut, spans, shape);
      AttentionGradients expected = gradients(q, forward, dOut, spans, shape);
      training.attentionBackward(shape, spans, found);
      new ScalarKernels(Workers.serial()).attentionBackward(shape, spans, expected);
      requireSmallError(found.dQ(), expected.dQ());
      for (int i = 0; i < spans.size(); i++) {
        requireSmallError(found.dStored().get(i), expected.dStored().get(i));
      }
    }
  }

  private KeyValueRows rows(AttentionShape shape, int count) {
    return KeyValueRows.of(gaussian(count, shape.rowWidth()));
  }

  /// Gradients to add to; two calls give equal ones.
  private AttentionGradients gradients(
      Matrix q, Results forward, Matrix dOut, List<AttentionSpan> spans, AttentionShape shape) {
    Matrix dQ = Matrix.allocate(arena, q.rows(), q.columns());
    dQ.fill(0.25f);
    List<Matrix> dStored = new ArrayList<>();
    for (AttentionSpan span : spans) {
      Matrix d = Matrix.allocate(arena, span.startPosition() + span.rows(), shape.rowWidth());
      d.fill(-0.5f);
      dStored.add(d);
    }
    return new AttentionGradients(q, forward.out, forward.logSumExp, dOut, dQ, dStored);
  }

  /// Root of the mean squared error within 2 % of that of the numbers: each is a sum of products of
  /// three or four factors rounded to BF16.
  private static void requireSmallError(Matrix found, Matrix expected) {
    double error = 0;
    double size = 0;
    for (int row = 0; row < found.rows(); row++) {
      for (int column = 0; column < found.columns(); column++) {
        double difference = found.get(row, column) - expected.get(row, column);
        error += difference * difference;
        size += (double) expected.get(row, column) * expected.get(row, column);
      }
    }
    assertThat(Math.sqrt(error / size)).isLessThan(0.02);
  }

  @Test
  void valuesBeforeTheRowAreRefused() {
    AttentionShape before = new AttentionShape(2, 2, 8, 8, -4, 1);
    Matrix q = gaussian(1, 16);
    KeyValueRows stored = stored(GROUPED, DType.F32, 1, 64);

    assertThatThrownBy(() -> run(kernels, before, List.of(new AttentionSpan(0, 1, 0, stored)), q))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("attention");
  }
}
