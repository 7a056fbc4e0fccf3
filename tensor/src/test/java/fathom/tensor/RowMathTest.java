package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowMathTest {
  private static final RowMath VECTOR = new VectorRowMath();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 15, 16, 17, 31, 33, 256, 1031})
  void vectorsAgreeWithPlainLoops(int count) {
    TestMatrices random = new TestMatrices(61);
    Matrix x = random.matrix(1, count + 1);
    Matrix y = random.matrix(1, count + 1);
    float[] plain = apply(RowMath.PLAIN, x, copy(y), count);
    float[] vector = apply(VECTOR, x, copy(y), count);
    for (int i = 0; i < plain.length; i++) {
      assertThat(vector[i]).as("number " + i).isCloseTo(plain[i], within(1e-5f));
    }
  }

  /// All operations, one after the other; the last number of y must stay as it is.
  private static float[] apply(RowMath math, Matrix x, Matrix y, int count) {
    long from = x.address();
    long to = y.address();
    math.addScaled(0.5f, from, to, count);
    math.add(from, to, to, count);
    float dot = math.dot(from, to, count);
    float max = math.max(to, count);
    float sum = count == 0 ? 0 : math.expAndSum(to, count, max);
    math.setScaled(1 / (1 + sum), to, to, count);
    float[] numbers = y.toArray(0);
    float[] all = java.util.Arrays.copyOf(numbers, numbers.length + 3);
    all[numbers.length] = dot / (1 + count);
    all[numbers.length + 1] = count == 0 ? 0 : max;
    all[numbers.length + 2] = sum / (1 + count);
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 17, 40})
  void clearingLeavesTheNeighbourAlone(int count) {
    for (RowMath math : new RowMath[] {RowMath.PLAIN, VECTOR}) {
      Matrix y = new TestMatrices(62).matrix(1, count + 1);
      float last = y.get(0, count);
      math.clear(y.address(), count);
      for (int i = 0; i < count; i++) {
        assertThat(y.get(0, i)).isZero();
      }
      assertThat(y.get(0, count)).isEqualTo(last);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100, 5000})
  void rowsAreEachRunOnceWhateverTheThreads(int rows) {
    try (WorkerPool workers = new WorkerPool(2)) {
      int[] runs = new int[rows];
      RowBlocks.forEach(workers, rows, 1000, row -> runs[row]++);
      assertThat(runs).containsOnly(1);
    }
  }

  private static Matrix copy(Matrix m) {
    Matrix copy = Matrix.allocate(Arena.ofAuto(), m.rows(), m.columns());
    copy.copyFrom(m);
    return copy;
  }
}
