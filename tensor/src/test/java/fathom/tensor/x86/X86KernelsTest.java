package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class X86KernelsTest {
  private static final List<DType> BLOCK_FORMATS =
      List.of(
          DType.Q8_0,
          DType.Q4_0,
          DType.Q4_1,
          DType.Q5_0,
          DType.Q5_1,
          DType.Q4_K,
          DType.Q5_K,
          DType.Q6_K);
  private static final List<DType> PLAIN_FORMATS =
      List.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3);

  private final Arena arena = Arena.ofShared();
  private final ScalarKernels scalar = new ScalarKernels(Workers.serial());

  @AfterEach
  void free() {
    arena.close();
  }

  private X86Kernels kernels(Tier tier, Precision precision) {
    return kernels(tier, precision, Workers.serial());
  }

  private static X86Kernels kernels(Tier tier, Precision precision, Workers workers) {
    CpuFeatures cpu = features();
    assumeThat(tier.missing(cpu)).as("this CPU lacks " + tier + ": skipped").isEmpty();
    return new X86Kernels(new ScalarKernels(workers), cpu, tier, precision);
  }

  private static CpuFeatures features() {
    try {
      return CpuFeatures.detect();
    } catch (UnavailableException e) {
      assumeThat(false).as("no machine code here, skipped: " + e.getMessage()).isTrue();
      throw e;
    }
  }

  static Stream<Arguments> tiersAndFormats() {
    List<DType> formats = new ArrayList<>(BLOCK_FORMATS);
    formats.addAll(PLAIN_FORMATS);
    return Stream.of(Tier.values())
        .flatMap(tier -> formats.stream().map(format -> Arguments.of(tier, format)));
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void matmulAgreesWithTheReferenceWithinItsRounding(Tier tier, DType format) {
    X86Kernels kernels = kernels(tier, Precision.BFLOAT16);
    Random random = new Random(1);
    for (int[] size :
        new int[][] {{1, 1, 1}, {7, 1, 2}, {33, 3, 3}, {19, 5, 5}, {64, 16, 4}, {100, 37, 7}}) {
      int unit = format.isQuantized() ? format.blockSize() : tier.atLeast(Tier.AVX512) ? 29 : 8;
      int columns = size[2] * unit;
      WeightMatrix w = TestNumbers.weight(arena, format, size[0], columns, random);
      Matrix x = TestNumbers.gaussian(arena, size[1], columns, random);
      Matrix y = TestNumbers.gaussian(arena, size[1], size[0], random);
      kernels.matmul(w, x, y);
      requireClose(w, x, y, tier == Tier.AMX);
    }
  }

  /// Each number within what the roundings of both ways to compute it can add up to.
  private void requireClose(WeightMatrix w, Matrix x, Matrix y, boolean tiles) {
    Matrix expected = Matrix.allocate(arena, x.rows(), w.rows());
    scalar.matmul(w, x, expected);
    float[][] weights = TestNumbers.decoded(w);
    for (int t = 0; t < x.rows(); t++) {
      float[] row = x.toArray(t);
      for (int r = 0; r < w.rows(); r++) {
        double magnitude = TestNumbers.magnitude(weights[r], row);
        double error = magnitude * (row.length + 8) * TestNumbers.FLOAT_ROUNDING;
        error += w.type().isQuantized() ? TestNumbers.quantizationError(weights[r], row) : 0;
        error += tiles ? magnitude * 2.01 * TestNumbers.BF16_ROUNDING : 0;
        assertThat(y.get(t, r))
            .as("%s token %d row %d", w, t, r)
            .isCloseTo(expected.get(t, r), within((float) (error + 1e-6)));
      }
    }
  }
}
