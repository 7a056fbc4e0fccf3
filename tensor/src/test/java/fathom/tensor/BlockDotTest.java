package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One input goes another way through the quantised rows than several do, to the same bits.
class BlockDotTest {
  private final Kernels vector = new VectorKernels(Workers.serial());

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  void anInputAloneGivesTheBitsThatItGivesAmongOthers(DType type) {
    TestMatrices random = new TestMatrices(21);
    for (int rows : new int[] {1, 2, 15, 16, 33}) {
      for (int columns : widths(type)) {
        WeightMatrix w = random.weight(type, rows, columns);
        Matrix x = random.matrix(3, columns);
        Matrix all = random.matrix(3, rows);
        Matrix alone = random.matrix(1, rows);
        vector.matmul(w, x, all);
        for (int token = 0; token < 3; token++) {
          vector.matmul(w, x.rows(token, 1), alone);
          assertThat(alone.toArray(0)).isEqualTo(all.toArray(token));
        }
      }
    }
  }

  /// A block, and what fills no piece of columns.
  private static int[] widths(DType type) {
    return type.blockSize() == 32 ? new int[] {32, 544, 1536} : new int[] {256, 2560};
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  void notANumberInTheInputReachesEveryRow(DType type) {
    TestMatrices random = new TestMatrices(22);
    WeightMatrix w = random.weight(type, 5, 256);
    Matrix x = random.matrix(1, 256);
    x.set(0, 40, Float.NaN);
    Matrix y = random.matrix(1, 5);
    vector.matmul(w, x, y);
    assertThat(y.toArray(0)).containsOnly(Float.NaN);
  }
}
