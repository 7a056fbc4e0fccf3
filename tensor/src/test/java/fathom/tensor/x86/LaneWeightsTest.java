package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Weights that have been prepared: products whose lanes are rows.
class LaneWeightsTest {
  private final Arena arena = Arena.ofShared();
  private final ScalarKernels scalar = new ScalarKernels(Workers.serial());

  @AfterEach
  void free() {
    arena.close();
  }

  static Stream<Arguments> tiersAndFormats() {
    return Stream.of(Tier.values())
        .flatMap(
            tier ->
                Stream.of(DType.values())
                    .filter(LaneForm::has)
                    .map(format -> Arguments.of(tier, format)));
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void matmulAgreesWithTheReferenceWithinItsRounding(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(1);
    for (int[] size :
        new int[][] {
          {1, 1, 1}, {15, 2, 2}, {16, 3, 3}, {33, 4, 1}, {47, 5, 5}, {160, 16, 9}, {301, 37, 5}
        }) {
      WeightMatrix w =
          TestNumbers.weight(arena, format, size[0], size[2] * format.blockSize(), random);
      Matrix x = TestNumbers.gaussian(arena, size[1], w.columns(), random);
      Matrix y = TestNumbers.gaussian(arena, size[1], w.rows(), random);
      kernels.prepare(List.of(w));
      kernels.matmul(w, x, y);
      requireClose(w, x, y, tier == Tier.AMX && size[1] > 4);
    }
  }

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
        allowed += TestNumbers.quantizationError(weights[r], row);
        allowed += tiles ? magnitude * 2.01 * TestNumbers.BF16_ROUNDING : 0;
        double error = Math.abs((double) y.get(t, r) - expected.get(t, r));
        worst = Math.max(worst, Double.isNaN(error) ? Double.MAX_VALUE : error / allowed);
      }
      assertThat(worst).as("%s token %d: error over what is allowed", w, t).isLessThan(1.0);
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void aTokenAloneGivesTheBitsThatItGivesAmongSixteen(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(2);
    WeightMatrix w = TestNumbers.weight(arena, format, 37, 3 * format.blockSize(), random);
    Matrix x = TestNumbers.gaussian(arena, 16, w.columns(), random);
    Matrix all = Matrix.allocate(arena, 16, w.rows());
    kernels.prepare(List.of(w));
    kernels.matmul(w, x, all);
    for (int count = 1; count <= 15; count += 2) {
      Matrix some = Matrix.allocate(arena, count, w.rows());
      kernels.matmul(w, x.rows(16 - count, count), some);
      assertThat(some.toArray(0)).isEqualTo(all.toArray(16 - count));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  void manyTokensGiveTheBitsThatTheyGiveUnprepared(DType format) {
    X86Kernels plain = TierUnderTest.kernels(Tier.AMX, Precision.FLOAT32);
    X86Kernels prepared = TierUnderTest.kernels(Tier.AMX, Precision.FLOAT32);
    Random random = new Random(3);
    WeightMatrix w = TestNumbers.weight(arena, format, 83, 7 * format.blockSize(), random);
    Matrix x = TestNumbers.gaussian(arena, 21, w.columns(), random);
    Matrix expected = Matrix.allocate(arena, 21, w.rows());
    Matrix found = Matrix.allocate(arena, 21, w.rows());
    prepared.prepare(List.of(w));
    plain.matmul(w, x, expected);
    prepared.matmul(w, x, found);
    for (int t = 0; t < 21; t++) {
      assertThat(found.toArray(t)).isEqualTo(expected.toArray(t));
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void notANumberReachesItsTokenAndNoOther(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    Random random = new Random(4);
    WeightMatrix w = TestNumbers.weight(arena, format, 20, 2 * format.blockSize(), random);
    Matrix x = TestNumbers.gaussian(arena, 2, w.columns(), random);
    x.set(0, 5, Float.NaN);
    Matrix y = Matrix.allocate(arena, 2, 20);
    kernels.prepare(List.of(w));
    kernels.matmul(w, x, y);
    for (int row = 0; row < 20; row++) {
      assertThat(y.get(0, row)).isNaN();
      assertThat(y.get(1, row)).isFinite();
    }
  }

  @ParameterizedTest
  @MethodSource("tiersAndFormats")
  void zerosDenormalsAndLargeNumbersStayWithinTheRounding(Tier tier, DType format) {
    X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
    WeightMatrix w = TestNumbers.weight(arena, format, 18, format.blockSize(), new Random(5));
    Matrix x = Matrix.allocate(arena, 3, w.columns());
    for (int c = 0; c < w.columns(); c++) {
      x.set(1, c, Float.MIN_VALUE);
      x.set(2, c, c % 2 == 0 ? 1e30f : -1e30f);
    }
    Matrix y = Matrix.allocate(arena, 3, 18);
    kernels.prepare(List.of(w));
    kernels.matmul(w, x, y);
    assertThat(y.toArray(0)).containsOnly(0f);
    assertThat(y.toArray(1)).containsOnly(0f);
    float[][] weights = TestNumbers.decoded(w);
    for (int row = 0; row < 18; row++) {
      double magnitude = TestNumbers.magnitude(weights[row], x.toArray(2));
      double expected = 0;
      for (int c = 0; c < w.columns(); c++) {
        expected += (double) weights[row][c] * x.get(2, c);
      }
      assertThat(Math.abs(y.get(2, row) - expected)).isLessThan(magnitude * 0.01);
    }
  }

  @Test
  void groupsOfRowsMixPreparedAndUnpreparedWeights() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);
    Random random = new Random(6);
    List<WeightMatrix> w =
        List.of(
            TestNumbers.weight(arena, DType.Q4_K, 40, 512, random),
            TestNumbers.weight(arena, DType.Q8_0, 40, 512, random),
            TestNumbers.weight(arena, DType.Q6_K, 40, 512, random));
    kernels.prepare(w.subList(0, 2));
    RowGroups groups = new RowGroups(3);
    groups.setSizes(1, 2, 3);
    Matrix x = TestNumbers.gaussian(arena, 6, 512, random);
    Matrix y = Matrix.allocate(arena, 6, 40);
    kernels.groupedMatmul(w, groups, x, y);
    requireClose(w.get(0), x.rows(0, 1), y.rows(0, 1), false);
    requireClose(w.get(1), x.rows(1, 2), y.rows(1, 2), false);
    requireClose(w.get(2), x.rows(3, 3), y.rows(3, 3), false);
  }

  @Test
  void oneAndTwoThreadsGiveTheSameBits() {
    WeightMatrix w = TestNumbers.weight(arena, DType.Q4_K, 2000, 512, new Random(7));
    Matrix x = TestNumbers.gaussian(arena, 3, 512, new Random(8));
    Matrix one = Matrix.allocate(arena, 3, 2000);
    Matrix two = Matrix.allocate(arena, 3, 2000);
    try (WorkerPool pool = new WorkerPool(2)) {
      X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32, pool);
      kernels.prepare(List.of(w));
      kernels.matmul(w, x, two);
    }
    X86Kernels alone = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);
    alone.prepare(List.of(w));
    alone.matmul(w, x, one);
    for (int t = 0; t < 3; t++) {
      assertThat(two.toArray(t)).isEqualTo(one.toArray(t));
    }
  }

  @Test
  void aMappedFileIsReadAgainAfterItsPagesWereGivenBack(@TempDir Path folder) throws IOException {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);
    WeightMatrix w = TestNumbers.weight(arena, DType.Q8_0, 300, 512, new Random(9));
    Path file = folder.resolve("weights");
    Files.write(file, w.segment().toArray(ValueLayout.JAVA_BYTE));
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, w.bytes(), arena);
      WeightMatrix onFile = WeightMatrix.of(DType.Q8_0, 300, 512, mapped);
      kernels.prepare(List.of(onFile));
      assertThat(mapped.mismatch(w.segment().asSlice(0, w.bytes()))).isEqualTo(-1);
    }
  }

  @Test
  void memoryThatIsNoMappedFileKeepsWhatItHolds() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);
    WeightMatrix w = TestNumbers.weight(arena, DType.Q8_0, 300, 512, new Random(10));
    byte[] before = w.segment().toArray(ValueLayout.JAVA_BYTE);
    kernels.prepare(List.of(w));
    assertThat(w.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
  }

  @Test
  void otherFormatsStayAsTheyAre() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX2, Precision.FLOAT32);
    WeightMatrix plain = TestNumbers.weight(arena, DType.F32, 30, 64, new Random(11));
    Matrix x = TestNumbers.gaussian(arena, 2, 64, new Random(12));
    Matrix before = Matrix.allocate(arena, 2, 30);
    Matrix after = Matrix.allocate(arena, 2, 30);
    kernels.matmul(plain, x, before);
    kernels.prepare(List.of(plain));
    kernels.matmul(plain, x, after);
    assertThat(after.toArray(1)).isEqualTo(before.toArray(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0"})
  void everyTierBelowAmxGivesTheSameBits(DType format) {
    Random random = new Random(14);
    WeightMatrix w = TestNumbers.weight(arena, format, 53, 5 * format.blockSize(), random);
    Matrix x = TestNumbers.gaussian(arena, 7, w.columns(), random);
    Matrix narrow = Matrix.allocate(arena, 7, 53);
    Matrix wide = Matrix.allocate(arena, 7, 53);
    for (Tier tier : List.of(Tier.AVX2, Tier.AVX_VNNI, Tier.AVX512)) {
      X86Kernels kernels = TierUnderTest.kernels(tier, Precision.FLOAT32);
      kernels.prepare(List.of(w));
      kernels.matmul(w, x, tier == Tier.AVX2 ? narrow : wide);
      for (int t = 0; t < 7 && tier != Tier.AVX2; t++) {
        assertThat(wide.toArray(t)).as("%s", tier).isEqualTo(narrow.toArray(t));
      }
    }
  }

  @Test
  void freedWeightsAreRefused() {
    X86Kernels kernels = TierUnderTest.kernels(Tier.AVX512, Precision.FLOAT32);
    Arena freed = Arena.ofConfined();
    WeightMatrix w = TestNumbers.weight(freed, DType.Q8_0, 3, 64, new Random(13));
    freed.close();
    assertThatThrownBy(() -> kernels.prepare(List.of(w)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("freed");
  }
}
