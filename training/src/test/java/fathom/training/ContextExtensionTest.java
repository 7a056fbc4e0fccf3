package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.checkpoint.Checkpoint;
import fathom.model.TokenScores;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class ContextExtensionTest {
  private static final int SHORT = 16;
  private static final int LONG = 64;
  private static final String RECIPE =
      """
      {"steps": 30, "batch": {"sequences": 4, "length": %d}, "text": {"fim_rate": 0.0},
       "schedule": {"learning_rate": 0.01, "warmup_steps": 2},
       "keeping": {"checkpoint_every": 100, "validate_every": 100, "sample_every": 0}}
      """;

  @TempDir Path folder;

  private static ObjectNode config(String more) {
    ObjectNode config = MicroModel.json(MicroModel.CONFIG);
    config.put("max_position_embeddings", SHORT);
    config.setAll(MicroModel.json(more));
    return config;
  }

  @Test
  void writesYarnWithTheLengthThatWasTrained() {
    ObjectNode extended = ContextExtension.extend(config("{}"), 4);
    assertThat(extended.path("max_position_embeddings").asInt()).isEqualTo(LONG);
    ObjectNode scaling = (ObjectNode) extended.get("rope_scaling");
    assertThat(scaling)
        .isEqualTo(
            MicroModel.json(
                """
                {"type": "yarn", "rope_type": "yarn", "factor": 4.0,
                 "original_max_position_embeddings": 16, "beta_fast": 32, "beta_slow": 1,
                 "mscale": 1.0, "mscale_all_dim": 1.0}
                """));
  }

  @Test
  void aSecondExtensionMultipliesTheFactor() {
    ObjectNode twice = ContextExtension.extend(ContextExtension.extend(config("{}"), 2), 4);
    assertThat(twice.path("max_position_embeddings").asInt()).isEqualTo(128);
    assertThat(twice.path("rope_scaling").path("factor").asDouble()).isEqualTo(8);
    assertThat(twice.path("rope_scaling").path("original_max_position_embeddings").asInt())
        .isEqualTo(SHORT);
  }

  @Test
  void newerFilesKeepItBesideTheBaseOfTheFrequencies() {
    String parameters = "{\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 5000}}";
    ObjectNode extended = ContextExtension.extend(config(parameters), 2);
    assertThat(extended.has("rope_scaling")).isFalse();
    assertThat(extended.path("rope_parameters").path("rope_type").asString()).isEqualTo("yarn");
    assertThat(extended.path("rope_parameters").path("rope_theta").asInt()).isEqualTo(5000);
  }

  @Test
  void otherScalingsAndFactorsAreRefused() {
    String llama = "{\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8}}";
    assertThatThrownBy(() -> ContextExtension.extend(config(llama), 4))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("llama3");
    assertThatThrownBy(() -> ContextExtension.extend(config("{}"), 1))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("above 1");
    assertThatThrownBy(() -> InitialModel.fresh(config("{}")).extended(4))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("checkpoint");
  }

  @Test
  void aSecondStageLowersTheLossAtPositionsThatTheFirstHasNeverSeen() throws IOException {
    Path data = MicroModel.data(folder);
    Path first = folder.resolve("first");
    train(first, InitialModel.fresh(config("{}")), RECIPE.formatted(SHORT), data);
    Path trained = new RunDirectory(first).last();
    double before = lossAtLatePositions(TrainedModel.extended(trained, 4, kernels()), data);

    Path second = folder.resolve("second");
    train(second, InitialModel.of(trained).extended(4), RECIPE.formatted(LONG), data);
    Path longer = new RunDirectory(second).last();
    try (Checkpoint checkpoint = Checkpoint.open(longer)) {
      assertThat(checkpoint.config().path("rope_scaling").path("type").asString())
          .isEqualTo("yarn");
    }
    assertThat(lossAtLatePositions(TrainedModel.copy(longer, kernels()), data))
        .isLessThan(before - 0.1);
  }

  private static Kernels kernels() {
    return MicroModel.kernels(Workers.serial());
  }

  private static void train(Path run, InitialModel initial, String recipe, Path data) {
    try (Pretrainer trainer =
        Pretrainer.start(
            new RunDirectory(run), initial, MicroModel.json(recipe), data, kernels())) {
      trainer.train((step, steps, line) -> {});
    }
  }

  /// Mean cross-entropy at positions from [#SHORT] on, in windows of held-out text.
  private static double lossAtLatePositions(TrainedModel opened, Path data) {
    try (TrainedModel model = opened;
        TokenDataset dataset = TokenDataset.open(data);
        TrainingPass pass = new TrainingPass(model.stack(), kernels(), TrainingOptions.plain())) {
      TrainingBatch batch = BatchSampler.inOrder(dataset.validation(), LONG, false, 0, 6);
      TokenScores scores = pass.score(batch);
      double sum = 0;
      int count = 0;
      for (int row = 0; row < batch.ids().length; row++) {
        if (row % LONG >= SHORT && batch.targets()[row] != TrainingBatch.NO_TARGET) {
          sum -= scores.logProb(row);
          count++;
        }
      }
      return sum / count;
    }
  }
}
