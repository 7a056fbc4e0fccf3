package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.model.TokenScores;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import fathom.training.GrpoRecipe.ObjectiveRecipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class GrpoLossTest {
  private static final float EPSILON = 0.1f;
  private static final float BETA = 0.3f;

  private final Kernels kernels = MicroModel.kernels(Workers.serial());

  @Test
  void advantagesAreRewardsAgainstTheMeanOfTheGroupInStandardDeviations() {
    // Mean 0.5, standard deviation 0.5.
    assertThat(Advantages.of(new double[] {1, 0, 0, 1}, true)).containsExactly(1, -1, -1, 1);
    // Mean 0.25, standard deviation sqrt(3) / 4.
    float[] advantages = Advantages.of(new double[] {0, 0, 1, 0}, true);
    assertThat(advantages[2]).isCloseTo((float) Math.sqrt(3), within(1e-6f));
    assertThat(advantages[0]).isCloseTo((float) -Math.sqrt(1 / 3.0), within(1e-6f));
  }

  @Test
  void advantagesCanBeLeftAsTheyAre() {
    assertThat(Advantages.of(new double[] {0, 0, 1, 0}, false))
        .containsExactly(-0.25f, -0.25f, 0.75f, -0.25f);
  }

  @Test
  void aGroupWhoseRewardsAreAllTheSameSaysNothing() {
    assertThat(Advantages.of(new double[] {0.1, 0.1, 0.1}, true)).isEmpty();
    assertThat(Advantages.of(new double[] {0, 0}, false)).isEmpty();
  }

  @Test
  void theDivergenceIsZeroWhereThePoliciesAgreeAndPositiveElsewhere() {
    assertThat(KlPenalty.k3(-1, -1)).isZero();
    // d = ln 2: 2 - ln 2 - 1.
    assertThat(KlPenalty.k3(-1 - Math.log(2), -1)).isCloseTo(1 - Math.log(2), within(1e-12));
    assertThat(KlPenalty.k3(-1, -3)).isPositive();
    assertThat(KlPenalty.derivative(-1 - Math.log(2), -1)).isCloseTo(-1, within(1e-12));
  }

  private static ObjectiveRecipe objective(float epsilon, float beta) {
    return new ObjectiveRecipe(
        epsilon, beta, 400, true, GrpoRecipe.Averaging.ANSWER, 1, 1, 1 << 20);
  }

  private static TrainedModel model(long seed) {
    return TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), seed);
  }

  /// Four answers of different lengths, two better and two worse than the mean.
  private static PolicyBatch batch() {
    SplittableRandom random = new SplittableRandom(11);
    List<PolicyBatch.Part> parts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int length = 2 + i;
      Rollout answer =
          Rollouts.of(random.ints(3, 1, 290).toArray(), random.ints(length, 1, 290).toArray());
      parts.add(new PolicyBatch.Part(answer, i % 2 == 0 ? 1.5f : -0.5f, 0.25f / length));
    }
    return new PolicyBatch(parts);
  }

  /// The objective as the papers write it.
  private static double writtenOut(PolicyBatch batch, TokenScores now) {
    double objective = 0;
    for (int row = 0; row < batch.rows(); row++) {
      if (batch.counts(row)) {
        double logProb = now.logProb(row);
        double ratio = Math.exp(logProb - batch.oldLogProb(row, 0));
        double clipped = Math.clamp(ratio, 1 - EPSILON, 1 + EPSILON);
        double advantage = batch.advantage(row);
        double toReference = Math.exp(batch.refLogProb(row, 0) - logProb);
        double k3 = toReference - Math.log(toReference) - 1;
        objective +=
            batch.weight(row) * (Math.min(ratio * advantage, clipped * advantage) - BETA * k3);
      }
    }
    return -objective;
  }

  @Test
  void theGradientIsThatOfTheWrittenOutObjective() {
    PolicyBatch batch = batch();
    try (TrainedModel old = model(5);
        TrainingPass pass = new TrainingPass(old.stack(), kernels, TrainingOptions.plain())) {
      batch.setOld(pass.score(batch.batch()));
      GradientChecks.move(old, 0.1, 3);
      batch.setReference(pass.score(batch.batch()));
    }
    try (TrainedModel now = model(5);
        TrainingPass pass = new TrainingPass(now.stack(), kernels, TrainingOptions.plain())) {
      GradientChecks.move(now, 0.2, 3);
      GrpoLoss loss = new GrpoLoss(objective(EPSILON, BETA));
      TokenScores scores = pass.score(batch.batch());
      pass.backward(loss.add(batch, scores));
      assertThat(loss.loss()).isCloseTo(writtenOut(batch, scores), within(1e-6));
      ObjectNode line = MetricsLine.node();
      loss.describe(line);
      assertThat(line.path("clip_fraction").asDouble()).isBetween(0.05, 0.95);
      assertThat(line.path("kl").asDouble()).isPositive();

      double slope = GradientChecks.slope(now, 3);
      double step = 1e-4;
      GradientChecks.move(now, step, 3);
      double right = writtenOut(batch, pass.score(batch.batch()));
      GradientChecks.move(now, -2 * step, 3);
      double left = writtenOut(batch, pass.score(batch.batch()));
      double difference = (right - left) / (2 * step);
      assertThat(slope).isCloseTo(difference, within(0.02 * Math.abs(difference) + 1e-3));
      assertThat(Math.abs(difference)).isGreaterThan(0.05);
    }
  }

  @Test
  void withoutAnOlderPolicyTheLossIsFlatButItsGradientIsTheAdvantage() {
    PolicyBatch batch = batch();
    try (TrainedModel now = model(5);
        TrainingPass pass = new TrainingPass(now.stack(), kernels, TrainingOptions.plain())) {
      GrpoLoss loss = new GrpoLoss(objective(EPSILON, 0));
      float[] derivatives = loss.add(batch, pass.score(batch.batch()));
      for (int row = 0; row < derivatives.length; row++) {
        float expected = batch.counts(row) ? -batch.weight(row) * batch.advantage(row) : 0;
        assertThat(derivatives[row]).isCloseTo(expected, within(1e-7f));
      }
    }
  }

  @Test
  void promptsCountForNothing() {
    PolicyBatch batch = batch();
    int counted = 0;
    for (int row = 0; row < batch.rows(); row++) {
      counted += batch.counts(row) ? 1 : 0;
    }
    assertThat(counted).isEqualTo(2 + 3 + 4 + 5);
    assertThat(batch.rows()).isEqualTo(counted + 4 * 2);
  }
}
