package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.HeadColumns;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  static Stream<Arguments> tiersAndFormats() {
    List<DType> formats = new ArrayList<>(BLOCK_FORMATS);
    formats.addAll(PLAIN_FORMATS);
    return Stream.of(Tier.values())
        .flatMap(tier -> formats.stream().map(format -> Arguments.of(tier, format)));
  }

  static Stream<Arguments> tiersAndBlockFormats() {
    return Stream.of(Tier.values())
        .flatMap(tier -> BLOCK_FORMATS.stream().map(format -> Arguments.of(tier, format)));
  }

  private static int unit(Tier tier, DType format) {
    return format.isQuantized() ? format.blockSize() : tier.atLeast(Tier.AVX512) ? 29 : 8;
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void matmulAgreesWithTheReferenceWithinItsRounding(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(1);
    for (int[] size :
        new int[][] {{1, 1, 1}, {7, 1, 2}, {33, 3, 3}, {19, 5, 5}, {64, 16, 4}, {100, 37, 5}}) {
      int columns = size[2] * unit(tier, format);
      WeightMatrix w = TestNumbers.weight(arena, format, size[0], columns, random);
      Matrix x = TestNumbers.gaussian(arena, size[1], columns, random);
      Matrix y = TestNumbers.gaussian(arena, size[1], size[0], random);
      kernels.matmul(w, x, y);
      requireClose(w, x, y, tier.multipliesBfloat16() && format != DType.F32);
    }
  }

  /// Each number within what the roundings of both ways to compute it can add up to.
  private void requireClose(WeightMatrix w, Matrix x, Matrix y, boolean tiles) {
    Matrix expected = Matrix.allocate(arena, x.rows(), w.rows());
    scalar.matmul(w, x, expected);
    float[][] weights = TestNumbers.decoded(w);
    for (int t = 0; t < x.rows(); t++) {
      float[] row = x.toArray(t);
      double worst = 0;
      for (int r = 0; r < w.rows(); r++) {
        double magnitude = TestNumbers.magnitude(weights[r], row);
        double allowed = magnitude * (row.length + 8) * TestNumbers.FLOAT_ROUNDING + 1e-6;
        allowed += w.type().isQuantized() ? TestNumbers.quantizationError(weights[r], row) : 0;
        allowed += tiles ? magnitude * 2.01 * TestNumbers.BF16_ROUNDING : 0;
        double error = Math.abs((double) y.get(t, r) - expected.get(t, r)) / allowed;
        worst = Double.isNaN(error) ? error : Math.max(worst, error);
      }
      assertThat(worst).as("%s token %d: error over what is allowed", w, t).isLessThan(1.0);
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void aTokenAloneGivesTheBitsThatItGivesAmongFour(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(2);
    int columns = 3 * unit(tier, format);
    WeightMatrix w = TestNumbers.weight(arena, format, 21, columns, random);
    Matrix x = TestNumbers.gaussian(arena, 4, columns, random);
    Matrix all = Matrix.allocate(arena, 4, 21);
    kernels.matmul(w, x, all);
    for (int count = 1; count <= 3; count++) {
      Matrix some = Matrix.allocate(arena, count, 21);
      kernels.matmul(w, x.rows(4 - count, count), some);
      assertThat(some.toArray(0)).isEqualTo(all.toArray(4 - count));
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void resultsDoNotDependOnTheNumberOfThreads(Tier tier, DType format) {
    X86Kernels one = TierUnderTest.kernels(tier, Precision.BFLOAT16);
    Random random = new Random(4);
    int columns = 2 * unit(tier, format);
    WeightMatrix w = TestNumbers.weight(arena, format, 300, columns, random);
    try (WorkerPool pool = new WorkerPool(3)) {
      X86Kernels many = TierUnderTest.kernels(tier, Precision.BFLOAT16, pool);
      for (int tokens : new int[] {1, 50}) {
        Matrix x = TestNumbers.gaussian(arena, tokens, columns, random);
        Matrix y1 = Matrix.allocate(arena, tokens, 300);
        Matrix y3 = Matrix.allocate(arena, tokens, 300);
        one.matmul(w, x, y1);
        many.matmul(w, x, y3);
        for (int t = 0; t < tokens; t++) {
          assertThat(y3.toArray(t)).isEqualTo(y1.toArray(t));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndBlockFormats")
  void extremeActivationsGiveWhatTheReferenceGives(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    int columns = 2 * format.blockSize();
    WeightMatrix w = TestNumbers.weight(arena, format, 9, columns, new Random(5));
    for (int tokens : new int[] {1, 6}) {
      for (float value : new float[] {0, -0.0f, Float.MIN_VALUE, 1e-38f, 1e-20f, 1e30f, -1e35f}) {
        Matrix x = Matrix.allocate(arena, tokens, columns);
        x.fill(value);
        Matrix y = Matrix.allocate(arena, tokens, 9);
        kernels.matmul(w, x, y);
        requireClose(w, x, y, true);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void notANumberReachesExactlyItsOwnToken(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(6);
    int columns = 2 * unit(tier, format);
    WeightMatrix w = TestNumbers.weight(arena, format, 9, columns, random);
    for (int tokens : new int[] {3, 20}) {
      Matrix x = TestNumbers.gaussian(arena, tokens, columns, random);
      x.set(1, columns - 1, Float.NaN);
      Matrix y = Matrix.allocate(arena, tokens, 9);
      kernels.matmul(w, x, y);
      for (int t = 0; t < tokens; t++) {
        for (float value : y.toArray(t)) {
          assertThat(Float.isNaN(value)).as("token %d", t).isEqualTo(t == 1);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  void notANumberInAnFp8WeightReachesItsRow(Tier tier) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    WeightMatrix w = TestNumbers.weight(arena, DType.F8_E4M3, 9, 64, new Random(7));
    w.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 2 * 64 + 5, (byte) 0xff);
    for (int tokens : new int[] {1, 20}) {
      Matrix x = TestNumbers.gaussian(arena, tokens, 64, new Random(8));
      Matrix y = Matrix.allocate(arena, tokens, 9);
      kernels.matmul(w, x, y);
      for (int row = 0; row < 9; row++) {
        assertThat(Float.isNaN(y.get(tokens - 1, row))).as("row %d", row).isEqualTo(row == 2);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  void everyFp8NumberIsReadExactly(Tier tier) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    WeightMatrix w = WeightMatrix.of(DType.F8_E4M3, 256, 8, arena.allocate(2048));
    for (int row = 0; row < 256; row++) {
      w.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, row * 8L, (byte) row);
    }
    for (int tokens : new int[] {1, 5}) {
      Matrix x = Matrix.allocate(arena, tokens, 8);
      x.fill(1);
      Matrix expected = Matrix.allocate(arena, tokens, 256);
      Matrix found = Matrix.allocate(arena, tokens, 256);
      scalar.matmul(w, x, expected);
      kernels.matmul(w, x, found);
      assertThat(found.toArray(0)).isEqualTo(expected.toArray(0));
    }
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  void scalesOfFp8BlocksAreThoseOfTheViewsPlace(Tier tier) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(9);
    int columns = tier.atLeast(Tier.AVX512) ? 300 : 304;
    Matrix scales = TestNumbers.gaussian(arena, 3, 3, random);
    WeightMatrix whole =
        TestNumbers.weight(arena, DType.F8_E4M3, 290, columns, random)
            .withScales(new Fp8Blocks(scales));
    WeightMatrix view = whole.rows(101, 170);
    for (int tokens : new int[] {2, 9}) {
      Matrix x = TestNumbers.gaussian(arena, tokens, columns, random);
      Matrix y = Matrix.allocate(arena, tokens, 170);
      kernels.matmul(view, x, y);
      requireClose(view, x, y, tier.multipliesBfloat16());
    }
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  void groupedProductsGiveWhatSingleProductsGive(Tier tier) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(10);
    List<WeightMatrix> w = new ArrayList<>();
    for (int g = 0; g < 4; g++) {
      w.add(TestNumbers.weight(arena, DType.Q4_K, 50, 256, random));
    }
    RowGroups groups = new RowGroups(4);
    groups.setSizes(2, 0, 40, 1);
    Matrix x = TestNumbers.gaussian(arena, 43, 256, random);
    Matrix y = Matrix.allocate(arena, 43, 50);
    kernels.groupedMatmul(w, groups, x, y);
    for (int g = 0; g < 4; g++) {
      Matrix alone = Matrix.allocate(arena, groups.size(g), 50);
      kernels.matmul(w.get(g), x.rows(groups.start(g), groups.size(g)), alone);
      for (int row = 0; row < groups.size(g); row++) {
        assertThat(y.toArray(groups.start(g) + row)).isEqualTo(alone.toArray(row));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  void headProductsAgreeWithTheReference(Tier tier) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(11);
    List<WeightMatrix> w = new ArrayList<>();
    for (int h = 0; h < 3; h++) {
      w.add(TestNumbers.weight(arena, DType.F32, 24, 16, random));
    }
    HeadColumns xHeads = new HeadColumns(3, 4, 20, 16);
    HeadColumns yHeads = new HeadColumns(3, 0, 25, 24);
    Matrix x = TestNumbers.gaussian(arena, 5, 64, random);
    Matrix y = Matrix.allocate(arena, 5, 80);
    Matrix expected = Matrix.allocate(arena, 5, 80);
    kernels.headMatmul(w, xHeads, x, yHeads, y);
    scalar.headMatmul(w, xHeads, x, yHeads, expected);
    for (int t = 0; t < 5; t++) {
      for (int c = 0; c < 80; c++) {
        assertThat(y.get(t, c)).isCloseTo(expected.get(t, c), within(1e-4f));
      }
    }
  }

  // ---- the door
  // ----------------------------------------------------------------------------------

  private final Matrix x = Matrix.allocate(arena, 2, 64);
  private final Matrix y = Matrix.allocate(arena, 2, 8);

  private WeightMatrix weight() {
    return TestNumbers.weight(arena, DType.Q8_0, 8, 64, new Random(12));
  }

  @Test
  void sizesThatContradictEachOtherAreRefused() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32);
    WeightMatrix w = weight();

    assertThatThrownBy(() -> kernels.matmul(w, x.columns(0, 32), y))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 2 x 64, found 2 x 32");
  }

  @Test
  void memoryThatHasBeenFreedIsRefused() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32);
    WeightMatrix w = weight();
    arena.close();

    assertThatThrownBy(() -> kernels.matmul(w, x, y))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("freed");
  }

  @Test
  void groupsOfNegativeSizeAreRefused() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32);
    RowGroups groups = new RowGroups(2);
    groups.setSizes(-3, 5);

    assertThatThrownBy(() -> kernels.groupedMatmul(List.of(weight(), weight()), groups, x, y))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("negative");
  }

  @Test
  void headsThatLieBackwardAreRefused() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32);
    HeadColumns backward = new HeadColumns(2, 4, -40, 64);
    List<WeightMatrix> w = List.of(weight(), weight());

    assertThatThrownBy(() -> kernels.headMatmul(w, backward, x, new HeadColumns(2, 0, 0, 8), y))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTierThatTheCpuLacksIsRefusedWithTheReason() {
    CpuFeatures cpu = TierUnderTest.features().without(CpuFeatures.Feature.AMX_INT8);

    assertThatThrownBy(() -> new X86Kernels(scalar, cpu, Tier.AMX, Precision.FLOAT32))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("AMX_INT8: switched off");
  }

  @Test
  void theNextTierServesWhereAFeatureIsMissing() {
    CpuFeatures cpu = TierUnderTest.features();
    org.assertj.core.api.Assumptions.assumeThat(Tier.best(cpu))
        .as("needs a CPU with AMX: skipped")
        .contains(Tier.AMX);

    assertThat(Tier.best(cpu.without(CpuFeatures.Feature.AMX_TILE))).contains(Tier.AVX512);
    assertThat(Tier.best(cpu.without(CpuFeatures.Feature.AVX512))).contains(Tier.AVX_VNNI);
    assertThat(
            Tier.best(
                cpu.without(CpuFeatures.Feature.AVX512).without(CpuFeatures.Feature.AVX_VNNI)))
        .contains(Tier.AVX2);
    assertThat(Tier.best(cpu.without(CpuFeatures.Feature.FMA))).isEmpty();
  }

  @Test
  void theDescriptionSaysWhatTheNextTierLacks() {
    CpuFeatures cpu = TierUnderTest.features().without(CpuFeatures.Feature.AMX_TILE);
    org.assertj.core.api.Assumptions.assumeThat(Tier.best(cpu))
        .as("needs a CPU with AVX-512: skipped")
        .contains(Tier.AVX512);

    X86Kernels kernels = new X86Kernels(scalar, cpu, Tier.AVX512, Precision.FLOAT32);

    assertThat(kernels.description())
        .startsWith("x86-avx512: ")
        .contains("not AMX: AMX_TILE: switched off");
  }

  @Test
  void theNameTellsTheTier() {
    assertThat(TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32).name()).isEqualTo("x86-avx2");
  }
}
