package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What does not fit together is refused at the door, by every provider alike.
class OperandsTest {
  static List<Kernels> providers() {
    return List.of(new ScalarKernels(Workers.serial()), new VectorKernels(Workers.serial()));
  }

  private final TestMatrices random = new TestMatrices(41);
  private final WeightMatrix w = random.weight(DType.F32, 6, 4);
  private final Matrix x = random.matrix(3, 4);
  private final Matrix y = random.matrix(3, 6);

  @ParameterizedTest
  @MethodSource("providers")
  void productsOfWrongSizesAreRefused(Kernels k) {
    assertRefused(() -> k.matmul(w, y, y), "matmul x: expected 3 x 4, found 3 x 6");
    assertRefused(() -> k.matmul(w, x, x), "matmul y: expected 3 x 6, found 3 x 4");
    assertRefused(() -> k.matmul(w, x, y.rows(0, 2)), "matmul y: expected 3 x 6, found 2 x 6");
    assertRefused(
        () -> k.addMatmulTransposed(w, x, y), "transposed matmul x: expected 3 x 6, found 3 x 4");
    assertRefused(
        () -> k.addOuterProduct(y, x, y), "outer product dw: expected 6 x 4, found 3 x 6");
    assertRefused(
        () -> k.addOuterProduct(y, x.rows(0, 2), y), "outer product tokens: expected 3, found 2");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void groupsAndHeadsOfWrongSizesAreRefused(Kernels k) {
    RowGroups groups = new RowGroups(2);
    groups.setSizes(1, 1);
    assertRefused(
        () -> k.groupedMatmul(List.of(w), groups, x, y), "grouped weights: expected 2, found 1");
    assertRefused(
        () -> k.groupedMatmul(List.of(w, w), groups, x, y),
        "grouped rows of x: expected 2, found 3");
    assertRefused(
        () -> k.groupedMatmul(List.of(w, w), groups, x.rows(0, 2), x.rows(0, 2)),
        "weight 0: expected 4 x 4, found 6 x 4");
    HeadColumns one = HeadColumns.packed(1, 4);
    assertRefused(
        () -> k.headMatmul(List.of(w), one, x, HeadColumns.packed(1, 5), y),
        "weight 0: expected 5 x 4, found 6 x 4");
    assertRefused(
        () -> k.headMatmul(List.of(w), one, x, HeadColumns.packed(1, 7), y),
        "y: expected at least 7 columns for its heads, found 6");
    assertRefused(
        () -> k.addGroupedOuterProduct(groups, y.rows(0, 2), x.rows(0, 2), List.of(y, y)),
        "grouped outer product dw: expected 6 x 4, found 3 x 6");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void attentionOverWrongRowsIsRefused(Kernels k) {
    AttentionShape shape = new AttentionShape(2, 1, 2, 3, 2, 1);
    Matrix sums = random.matrix(3, 2);
    KeyValueRows narrow = KeyValueRows.of(random.matrix(9, 4));
    assertRefused(
        () -> k.attention(shape, List.of(new AttentionSpan(0, 3, 0, narrow)), x, y, sums),
        "stored rows: expected at least 20 bytes a row, found 16");
    KeyValueRows rows = KeyValueRows.of(random.matrix(9, 5));
    assertRefused(
        () -> k.attention(shape, List.of(new AttentionSpan(1, 3, 0, rows)), x, y, sums),
        "attention span: expected rows within 0..3, found 1..4");
    assertRefused(
        () -> k.attention(shape, List.of(), x, x, sums),
        "attention out: expected 3 x 6, found 3 x 4");
    Pages bytes = new Pages(DType.Q8_0, 1, 100, List.of());
    assertRefused(
        () -> k.attention(shape, List.of(new AttentionSpan(0, 1, 0, bytes)), x, y, sums),
        "stored rows: expected F32, F16 or BF16, found Q8_0");
    AttentionGradients g = new AttentionGradients(x, y, sums, y, x, List.of(x));
    assertRefused(
        () -> k.attentionBackward(shape, List.of(new AttentionSpan(0, 3, 0, rows)), g),
        "attention dStored: expected at least 3 x 5, found 3 x 4");
  }

  @ParameterizedTest
  @MethodSource("providers")
  void rowsOfWrongSizesAreRefused(Kernels k) {
    Matrix weight = random.matrix(1, 4);
    assertRefused(
        () -> k.rmsNorm(y, weight, 1e-6f, y), "rmsNorm weight: expected 1 x 6, found 1 x 4");
    assertRefused(() -> k.siluMul(x, x, y), "siluMul y: expected 3 x 4, found 3 x 6");
    assertRefused(() -> k.addScaled(1, x, y), "addScaled y: expected 3 x 4, found 3 x 6");
    assertRefused(
        () -> k.gatherRows(w, new int[] {0, 6, 1}, x),
        "gathered rows: expected ids within 0..5, found 6");
    assertRefused(
        () -> k.gatherRows(w, new int[] {0, -1, 1}, x),
        "gathered rows: expected ids within 0..5, found -1");
    Matrix angles = Matrix.allocate(Arena.ofAuto(), 5, 2);
    RotaryTable table = new RotaryTable(angles, angles, RotaryTable.Layout.HALVES);
    assertRefused(
        () -> k.rope(table, new int[] {0, 5, 1}, HeadColumns.packed(1, 4), x),
        "rope: expected positions within 0..4, found 5");
    assertRefused(
        () -> k.rope(table, new int[3], HeadColumns.packed(1, 3), x),
        "rope pairs (half the head's columns): expected 4, found 3");
    assertRefused(
        () -> k.ropeInverse(table, new int[2], HeadColumns.packed(1, 4), x),
        "rope positions: expected 3, found 2");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
  }
}
