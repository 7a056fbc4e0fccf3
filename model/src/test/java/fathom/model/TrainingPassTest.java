package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.Matrix;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WorkerPool;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingPassTest {
  private static final int[] FIRST = {3, 7, 1, 0, 22, 5, 5, 9};
  private static final int[] SECOND = {11, 2, 8, 4, 19};
  private static final TrainingBatch BATCH = TrainingBatch.of(FIRST, SECOND);

  private static TinyModel model() {
    return TinyModel.of(4, tree -> tree.put("num_nextn_predict_layers", 1)).withFixedChoices();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, KEPT",
    "0.3, 0, 0, KEPT",
    "0, 0.5, 0, KEPT",
    "0, 0, 0.1, KEPT",
    "0.3, 0.5, 0.1, KEPT",
    "0.3, 0.5, 0.1, RECOMPUTED"
  })
  void gradientsOfTheTotalLossAreItsFiniteDifferences(
      float drafts, float balance, float zLoss, Activations activations) {
    TrainingOptions options = new TrainingOptions(drafts, balance, zLoss, activations);
    try (TinyModel model = model();
        TrainingPass pass = new TrainingPass(model.stack(), TinyModel.KERNELS, options)) {
      pass.run(BATCH, 1);
      Random random = new Random(6);
      Map<Parameter, Matrix> gradients = new LinkedHashMap<>();
      for (Parameter parameter : model.stack().parameters().all()) {
        if (parameter.gradient() != null) {
          Matrix copy = Matrix.allocate(model.arena(), parameter.rows(), parameter.columns());
          copy.copyFrom(parameter.gradient());
          gradients.put(parameter, copy);
        }
      }
      double worst = 0;
      double largest = 0;
      for (Map.Entry<Parameter, Matrix> entry : gradients.entrySet()) {
        Matrix values = entry.getKey().values();
        for (int probe = 0; probe < 2; probe++) {
          int row = random.nextInt(values.rows());
          int column = random.nextInt(values.columns());
          double expected = slope(pass, values, row, column);
          largest = Math.max(largest, Math.abs(expected));
          worst = Math.max(worst, Math.abs(expected - entry.getValue().get(row, column)));
        }
      }
      assertThat(largest).isGreaterThan(0.01);
      assertThat(worst).isLessThan(2e-3 * largest);
    }
  }

  private static double slope(TrainingPass pass, Matrix values, int row, int column) {
    float step = 1f / 512;
    float before = values.get(row, column);
    values.set(row, column, before + step);
    double up = pass.run(BATCH, 1).total();
    values.set(row, column, before - step);
    double down = pass.run(BATCH, 1).total();
    values.set(row, column, before);
    return (up - down) / (2 * step);
  }

  @Test
  void scoringAndBackwardEqualOneRun() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      TrainingLosses losses = pass.run(BATCH, 1);
      float[] expected = gradient(model);
      model.stack().parameters().zeroGradients();

      TokenScores scores = pass.score(BATCH);
      float share = (float) (-1 / BATCH.totalWeight());
      float[] dLogProbs = new float[BATCH.ids().length];
      Arrays.fill(dLogProbs, share);
      pass.backward(dLogProbs);

      double mean =
          IntStream.range(0, scores.rows()).mapToDouble(row -> scores.logProb(row) * share).sum();
      assertThat(mean).isCloseTo(losses.crossEntropy(), within(1e-6));
      assertThat(gradient(model)).containsExactly(expected, within(1e-6f));
    }
  }

  private static float[] gradient(TinyModel model) {
    Parameter parameter = model.parameter("model.layers.0.self_attn.kv_b_proj.weight");
    return parameter.gradient().toArray(3);
  }

  @Test
  void gradientsAddUpAndScale() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.deepSeekV3())) {
      pass.run(BATCH, 1);
      float[] once = gradient(model);
      model.stack().parameters().zeroGradients();
      pass.run(BATCH, 0.25f);
      pass.run(BATCH, 0.75f);
      assertThat(gradient(model)).containsExactly(once, within(1e-6f));
    }
  }

  @Test
  void packedSequencesDoNotSeeEachOther() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      float[] together = pass.score(BATCH).logProbs();
      float[] alone = pass.score(TrainingBatch.of(SECOND)).logProbs();
      float[] tail = Arrays.copyOfRange(together, FIRST.length, together.length);
      assertThat(tail).isEqualTo(alone);
    }
  }

  @Test
  void scoresAreWhatGenerationSeesOnTheSameWeights() {
    try (TinyModel model = model();
        DecoderModel generation =
            DecoderModel.of(model.stack(), TinyModel.KERNELS, ModelOptions.defaults());
        CachedSequence sequence = new CachedSequence(generation);
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      float[] scores = pass.score(TrainingBatch.of(FIRST)).logProbs();
      float[][] logits = sequence.forward(FIRST);
      for (int row = 0; row < FIRST.length - 1; row++) {
        double sum = 0;
        for (float logit : logits[row]) {
          sum += Math.exp(logit);
        }
        double expected = logits[row][FIRST[row + 1]] - Math.log(sum);
        assertThat((double) scores[row]).isCloseTo(expected, within(2e-5));
      }
    }
  }

  @Test
  void rowsWithoutTargetOrWeightTeachNothing() {
    int[] ids = {3, 7, 1, 0};
    int[] targets = {TrainingBatch.NO_TARGET, 1, TrainingBatch.NO_TARGET, 9};
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      TrainingBatch all = new TrainingBatch(new Packing(4), ids, targets);
      TokenScores scores = pass.score(all);
      assertThat(scores.logProb(0)).isZero();
      float[] weights = {1, 3, 1, 1};
      TrainingLosses losses = pass.run(new TrainingBatch(new Packing(4), ids, targets, weights), 1);
      double expected = -(3 * scores.logProb(1) + scores.logProb(3)) / 4;
      assertThat(losses.crossEntropy()).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void aBatchWithoutTargetsHasNoLoss() {
    int[] none = {TrainingBatch.NO_TARGET, TrainingBatch.NO_TARGET};
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      TrainingLosses losses =
          pass.run(new TrainingBatch(new Packing(2), new int[] {1, 2}, none), 1);
      assertThat(losses.total()).isZero();
      assertThat(gradient(model)).containsOnly(0f);
    }
  }

  @Test
  void countsTheTokensOfEachExpertOnce() {
    for (Activations activations : Activations.values()) {
      TrainingOptions options = TrainingOptions.deepSeekV3().with(activations);
      try (TinyModel model = model();
          TrainingPass pass = new TrainingPass(model.stack(), TinyModel.KERNELS, options)) {
        double balance = pass.run(BATCH, 1).balance();
        RouterStatistics statistics = pass.statistics();
        assertThat(statistics.load(0)).containsOnly(0);
        assertThat(Arrays.stream(statistics.load(1)).sum()).isEqualTo(2 * 13);
        assertThat(statistics.load(1)[7]).isEqualTo(13);
        assertThat(statistics.balanceLoss()).isEqualTo(balance).isPositive();
        statistics.reset();
        assertThat(statistics.load(1)).containsOnly(0);
        assertThat(statistics.balanceLoss()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theThirdPassTakesNoMoreMemoryThanTheSecond(Activations activations) {
    TrainingOptions options = TrainingOptions.deepSeekV3().with(activations);
    try (TinyModel model = model();
        TrainingPass pass = new TrainingPass(model.stack(), TinyModel.KERNELS, options)) {
      pass.run(BATCH, 1);
      pass.run(BATCH, 1);
      long bytes = pass.workspaceBytes();
      pass.run(BATCH, 1);
      assertThat(pass.workspaceBytes()).isEqualTo(bytes);
    }
  }

  @Test
  void twoThreadsGiveTheSameGradientsBitForBit() {
    float[] one;
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.deepSeekV3())) {
      pass.run(BATCH, 1);
      one = gradient(model);
    }
    try (WorkerPool pool = new WorkerPool(2);
        TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(
                model.stack(), new ScalarKernels(pool), TrainingOptions.deepSeekV3())) {
      pass.run(BATCH, 1);
      assertThat(gradient(model)).isEqualTo(one);
    }
  }

  @Test
  void descendingAlongTheGradientLowersTheLoss() {
    try (TinyModel model = TinyModel.of(6, tree -> {});
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      double first = pass.run(BATCH, 1).total();
      for (int step = 0; step < 20; step++) {
        for (Parameter parameter : model.stack().parameters().all()) {
          if (parameter.gradient() != null) {
            TinyModel.KERNELS.addScaled(-0.3f, parameter.gradient(), parameter.values());
          }
        }
        model.stack().parameters().zeroGradients();
        pass.run(BATCH, 1);
      }
      assertThat(pass.run(BATCH, 1).total()).isLessThan(first / 2);
    }
  }

  @Test
  void backwardWantsAScoredBatchAndAsManyGradientsAsRows() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      assertThatThrownBy(() -> pass.backward(new float[13]))
          .isInstanceOf(IllegalStateException.class);
      pass.score(BATCH);
      assertThatThrownBy(() -> pass.backward(new float[12]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("13")
          .hasMessageContaining("12");
    }
  }

  @Test
  void idsBeyondTheVocabularyAreRefused() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain())) {
      assertThatThrownBy(() -> pass.run(TrainingBatch.of(new int[] {1, 23}), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("23");
    }
  }
}
