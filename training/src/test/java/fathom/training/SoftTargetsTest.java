package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.model.SoftTargets;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoftTargetsTest {
  @TempDir Path folder;

  private final Kernels kernels = MicroModel.kernels(Workers.serial());
  private final TrainedModel teacher = model(MicroModel.CONFIG, 1);
  private final TrainedModel student = model(MicroModel.CONFIG, 2);
  private final TrainingPass teaching =
      new TrainingPass(teacher.stack(), kernels, TrainingOptions.plain());
  private final TrainingPass learning =
      new TrainingPass(student.stack(), kernels, TrainingOptions.plain());
  private final TrainingBatch batch = batch();

  SoftTargetsTest() {
    // Apart from each other, and with opinions.
    GradientChecks.move(teacher, 0.3, 1);
    GradientChecks.move(student, 0.3, 2);
  }

  private static TrainedModel model(String config, long seed) {
    return TrainedModel.fresh(MicroModel.json(config), Path.of("config.json"), seed);
  }

  private static TrainingBatch batch() {
    SplittableRandom random = new SplittableRandom(4);
    return PackedTexts.batch(
        List.of(
            MaskedText.of(random.ints(3, 1, 290).toArray(), random.ints(5, 1, 290).toArray()),
            MaskedText.of(random.ints(2, 1, 290).toArray(), random.ints(4, 1, 290).toArray())));
  }

  @AfterEach
  void close() {
    teaching.close();
    learning.close();
    teacher.close();
    student.close();
  }

  private void assertSlope(float weight, float temperature) {
    SoftTargets targets = new SoftTargets(teaching, weight, temperature);
    student.parameters().zeroGradients();
    learning.run(batch, 1, targets);
    double slope = GradientChecks.slope(student, 3);
    double step = 1e-4;
    GradientChecks.move(student, step, 3);
    double right = learning.run(batch, 1, targets).total();
    GradientChecks.move(student, -2 * step, 3);
    double left = learning.run(batch, 1, targets).total();
    double difference = (right - left) / (2 * step);
    assertThat(Math.abs(difference)).isGreaterThan(0.01);
    assertThat(slope).isCloseTo(difference, within(0.02 * Math.abs(difference) + 2e-3));
  }

  @Test
  void theGradientIsThatOfTheLossAtAnyWeightAndTemperature() {
    assertSlope(1, 1);
    assertSlope(0.5f, 2);
    assertSlope(0, 3);
  }

  @Test
  void withoutWeightTheTeacherHasNoSay() {
    double alone = learning.run(batch, 1).total();
    double taught = learning.run(batch, 1, new SoftTargets(teaching, 0, 2)).total();
    assertThat(taught).isCloseTo(alone, within(1e-6));
  }

  @Test
  void aStudentThatIsItsTeacherHasNothingToLearnFromIt() {
    SoftTargets itself = new SoftTargets(learning, 1, 2);
    TrainingPass copy = new TrainingPass(student.stack(), kernels, TrainingOptions.plain());
    student.parameters().zeroGradients();
    assertThat(copy.run(batch, 1, itself).total()).isCloseTo(0, within(1e-5));
    assertThat(GradientChecks.slope(student, 3)).isCloseTo(0, within(1e-4));
    copy.close();
  }

  @Test
  void refusesATeacherOfAnotherVocabulary() {
    String config = MicroModel.CONFIG.replace("\"vocab_size\": 300", "\"vocab_size\": 310");
    try (TrainedModel other = model(config, 3);
        TrainingPass pass = new TrainingPass(other.stack(), kernels, TrainingOptions.plain())) {
      assertThatThrownBy(() -> learning.run(batch, 1, new SoftTargets(pass, 1, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a teacher with 300 ids, found 310");
    }
  }

  @Test
  void fineTuningLearnsFromATeacher() throws Exception {
    Path data = TinyChat.conversations(folder);
    String taught =
        TinyChat.RECIPE.replace(
            "{\"steps\": 6",
            "{\"steps\": 2, \"tuning\": {\"teacher\": \"%s\", \"kl_weight\": 1}"
                .formatted(TinyChat.ADDER));
    Path run = folder.resolve("run");
    TinyChat.tune(run, data, taught, 1);
    // The student is the teacher: there is cross-entropy, but nothing to learn.
    assertThat(RunChecks.metrics(run).getFirst().get("loss").asDouble()).isGreaterThan(1);
    assertThat(RunChecks.metrics(run).getFirst().get("grad_norm").asDouble()).isLessThan(0.05);
  }
}
