package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.checkpoint.Checkpoint;
import fathom.model.DecoderStack;
import fathom.model.ModelOptions;
import fathom.model.ModelWeights;
import fathom.model.Parameter;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.VectorKernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdamWTest {
  private static final Path FIXTURES = Path.of(System.getProperty("fathom.fixtures"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny",
        "qwen2-tiny",
        "qwen3-tiny",
        "llama-tiny"
      })
  void fiveStepsLandOnPyTorchsWeights(String name) throws IOException {
    JsonNode json =
        JsonMapper.shared()
            .readTree(Files.readString(FIXTURES.resolve("gradients/" + name + ".json")));
    try (Arena arena = Arena.ofShared();
        Workers workers = new WorkerPool(2);
        Checkpoint golden =
            Checkpoint.open(FIXTURES.resolve("gradients/" + name + ".safetensors"));
        Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve("models/" + name))) {
      Kernels kernels = new VectorKernels(workers);
      DecoderStack stack = ModelWeights.copy(checkpoint, kernels, ModelOptions.defaults(), arena);
      withoutDraftGradients(stack, golden, arena);
      AdamW adamW =
          new AdamW(
              stack.parameters(),
              new AdamWSettings(0.9f, 0.95f, 1e-8f, 0.1f, true),
              workers,
              arena);
      int[] ids = golden.tensor("input_ids").segment().toArray(ValueLayout.JAVA_INT_UNALIGNED);
      TrainingBatch batch =
          TrainingBatch.of(Arrays.copyOfRange(ids, 0, 24), Arrays.copyOfRange(ids, 24, 48));
      try (TrainingPass pass = new TrainingPass(stack, kernels, TrainingOptions.plain())) {
        for (int step = 0; step < 5; step++) {
          double loss = pass.run(batch, 1).crossEntropy();
          assertThat(loss)
              .as("loss of step %d", step)
              .isCloseTo(json.get("losses_of_steps").get(step).doubleValue(), within(5e-5));
          adamW.step(1e-3f, 1);
        }
      }
      for (Parameter parameter : stack.parameters().all()) {
        compare(parameter, golden, json.path("tolerance").path("after5_absolute").asDouble());
      }
    }
  }

  /// The goldens are of the main model; what has no golden is left alone.
  private static void withoutDraftGradients(DecoderStack stack, Checkpoint golden, Arena arena) {
    stack.parameters().allocateGradients(arena);
    for (Parameter parameter : stack.parameters().all()) {
      if (!golden.contains("grad." + parameter.name())) {
        parameter.setGradient(null);
      }
    }
  }

  /// Adam moves a weight whose gradient is noise by the noise's sign. Of all fixtures' numbers four
  /// do so, all with a first gradient below a hundred-thousandth of their tensor's: those below a
  /// ten-thousandth may go as far as five steps can; every other one has to be where PyTorch's is.
  private static void compare(Parameter parameter, Checkpoint golden, double tolerance) {
    if (!golden.contains("after5." + parameter.name()) || parameter.gradient() == null) {
      return;
    }
    Matrix expected = golden.floats("after5." + parameter.name());
    Matrix gradient = golden.floats("grad." + parameter.name());
    double noise = 1e-4 * rootMeanSquare(gradient);
    for (int row = 0; row < expected.rows(); row++) {
      for (int column = 0; column < expected.columns(); column++) {
        double allowed = Math.abs(gradient.get(row, column)) < noise ? 1e-2 : tolerance;
        double difference =
            Math.abs(parameter.values().get(row, column) - expected.get(row, column));
        assertThat(difference)
            .as("%s [%d, %d]", parameter.name(), row, column)
            .isLessThanOrEqualTo(allowed);
      }
    }
  }

  private static double rootMeanSquare(Matrix m) {
    double squares = 0;
    for (int row = 0; row < m.rows(); row++) {
      for (float value : m.toArray(row)) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares / m.rows() / m.columns());
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    assertThat(weightsAfterThreeSteps(3)).isEqualTo(weightsAfterThreeSteps(1));
  }

  private static byte[] weightsAfterThreeSteps(int threads) {
    try (Workers workers = new WorkerPool(threads);
        TrainedModel model =
            TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 3)) {
      AdamW adamW =
          new AdamW(model.parameters(), AdamWSettings.deepSeekV3(), workers, model.arena());
      GradientClipping clipping = new GradientClipping(model.parameters(), 1, workers);
      SplittableRandom random = new SplittableRandom(8);
      for (int step = 0; step < 3; step++) {
        for (Parameter parameter : model.parameters().all()) {
          fill(parameter, random);
        }
        double norm = clipping.norm();
        adamW.step(0.01f, clipping.factor(norm));
      }
      return model
          .parameters()
          .find("lm_head.weight")
          .orElseThrow()
          .values()
          .segment()
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void fill(Parameter parameter, SplittableRandom random) {
    Matrix gradient = parameter.gradient();
    if (gradient != null) {
      for (int row = 0; row < gradient.rows(); row++) {
        for (int column = 0; column < gradient.columns(); column++) {
          gradient.set(row, column, (float) random.nextDouble(-1, 1));
        }
      }
    }
  }

  @Test
  void aStepClearsTheGradientsAndNormsDoNotDecay() {
    try (Workers workers = Workers.serial();
        TrainedModel model =
            TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 3)) {
      AdamW adamW =
          new AdamW(model.parameters(), AdamWSettings.deepSeekV3(), workers, model.arena());
      Parameter norm = model.parameters().find("model.norm.weight").orElseThrow();
      Parameter head = model.parameters().find("lm_head.weight").orElseThrow();
      float before = head.values().get(0, 0);
      Objects.requireNonNull(head.gradient()).set(1, 1, 5);
      adamW.step(0.5f, 1);
      assertThat(Objects.requireNonNull(head.gradient()).get(1, 1)).isZero();
      assertThat(norm.values().get(0, 0)).isOne();
      assertThat(head.values().get(0, 0)).isCloseTo(before * 0.95f, within(1e-7f));
    }
  }

  @Test
  void clippingScalesOnlyNormsAboveTheLimit() {
    try (Workers workers = Workers.serial();
        TrainedModel model =
            TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 3)) {
      GradientClipping clipping = new GradientClipping(model.parameters(), 1, workers);
      Parameter head = model.parameters().find("lm_head.weight").orElseThrow();
      Objects.requireNonNull(head.gradient()).set(0, 0, 3);
      Objects.requireNonNull(head.gradient()).set(2, 1, 4);
      assertThat(clipping.norm()).isEqualTo(5);
      assertThat(clipping.factor(5)).isEqualTo(0.2f);
      assertThat(clipping.factor(0.5)).isOne();
    }
  }

  @Test
  void theAverageFollowsTheWeights() {
    try (Workers workers = Workers.serial();
        TrainedModel model =
            TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 3)) {
      WeightAverage average = new WeightAverage(model.parameters(), 0.75f, workers, model.arena());
      Matrix norm = model.parameters().find("model.norm.weight").orElseThrow().values();
      norm.fill(5);
      average.update();
      assertThat(average.values().get("model.norm.weight").get(0, 3)).isEqualTo(2);
    }
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThatThrownBy(() -> new AdamWSettings(1, 0.9f, 1e-8f, 0, false))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("betas");
  }
}
