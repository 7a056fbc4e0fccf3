package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.Matrix;
import fathom.tensor.WorkerPool;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The activation of gated layers in machine code, against the same in double precision.
class SiluMulKernelTest {
  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(51);
  private final X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);

  @AfterEach
  void free() {
    arena.close();
  }

  private Matrix gaussian(int rows, int columns) {
    return TestNumbers.gaussian(arena, rows, columns, random);
  }

  private static double silu(double gate) {
    return gate / (1 + Math.exp(-gate));
  }

  /// The exponential is off by 4e-7 of itself; its argument is rounded once more, as is each of the
  /// three results after it.
  private static double tolerance(double gate, double result) {
    double relative = 4e-7 + (2 + Math.abs(gate)) * 2 * TestNumbers.FLOAT_ROUNDING;
    return Math.abs(result) * relative + Float.MIN_NORMAL;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 15, 16, 17, 33, 255, 257, 9000})
  void everyNumberIsWithinItsRoundings(int columns) {
    Matrix gate = gaussian(5, columns);
    Matrix up = gaussian(5, columns);
    Matrix y = gaussian(5, columns);
    kernels.siluMul(gate, up, y);
    for (int row = 0; row < 5; row++) {
      for (int column = 0; column < columns; column++) {
        double expected = silu(gate.get(row, column)) * up.get(row, column);
        assertThat((double) y.get(row, column))
            .isCloseTo(expected, within(tolerance(gate.get(row, column), expected)));
      }
    }
  }

  @Test
  void extremeNumbersBehaveAsInTheReference() {
    float max = Float.MAX_VALUE;
    float[] values = {
      0, -0f, Float.MIN_VALUE, -1e-40f, 88.7f, -88.7f, -104, -200, 1e30f, max, -max
    };
    Matrix gate = gaussian(1, values.length);
    Matrix up = gaussian(1, values.length);
    up.fill(1);
    for (int i = 0; i < values.length; i++) {
      gate.set(0, i, values[i]);
    }
    kernels.siluMul(gate, up, up);
    for (int i = 0; i < values.length; i++) {
      double expected = silu(values[i]);
      assertThat((double) up.get(0, i)).isCloseTo(expected, within(tolerance(values[i], expected)));
    }
    gate.fill(Float.NaN);
    kernels.siluMul(gate, up, up);
    assertThat(up.get(0, 0)).isNaN();
    assertThat(up.get(0, values.length - 1)).isNaN();
  }

  @Test
  void theResultMayTakeThePlaceOfEitherFactor() {
    Matrix gate = gaussian(3, 37);
    Matrix up = gaussian(3, 37);
    Matrix y = gaussian(3, 37);
    kernels.siluMul(gate, up, y);
    Matrix inGate = Matrix.allocate(arena, 3, 37);
    Matrix inUp = Matrix.allocate(arena, 3, 37);
    inGate.copyFrom(gate);
    inUp.copyFrom(up);
    kernels.siluMul(inGate, up, inGate);
    kernels.siluMul(gate, inUp, inUp);
    assertSame(inGate, y);
    assertSame(inUp, y);
  }

  @Test
  void aRowIsTheSameAloneAndAmongManyOnTwoThreads() {
    Matrix gate = gaussian(300, 133);
    Matrix up = gaussian(300, 133);
    Matrix y = gaussian(300, 133);
    try (WorkerPool two = new WorkerPool(2)) {
      TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32, two).siluMul(gate, up, y);
    }
    for (int row = 0; row < 300; row += 23) {
      Matrix alone = gaussian(1, 133);
      kernels.siluMul(gate.rows(row, 1), up.rows(row, 1), alone);
      assertSame(alone, y.rows(row, 1));
    }
  }

  @Test
  void matricesOfOtherSizesAreRefused() {
    Matrix x = gaussian(3, 4);
    assertThatThrownBy(() -> kernels.siluMul(x, x, gaussian(3, 6)))
        .hasMessageContaining("siluMul y: expected 3 x 4, found 3 x 6");
  }

  private static void assertSame(Matrix found, Matrix expected) {
    for (int row = 0; row < expected.rows(); row++) {
      for (int column = 0; column < expected.columns(); column++) {
        assertThat(Float.floatToRawIntBits(found.get(row, column)))
            .isEqualTo(Float.floatToRawIntBits(expected.get(row, column)));
      }
    }
  }
}
