package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loss and gradients of every parameter against PyTorch's.
class GradientGoldensTest {
  private static final int LENGTH = 24;

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
  void gradientsOfAllParametersEqualPyTorchs(String name) {
    check(name, TrainingOptions.plain());
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "qwen3-tiny"})
  void recomputedActivationsGiveTheSameGradients(String name) {
    check(name, TrainingOptions.plain().with(Activations.RECOMPUTED));
  }

  private static void check(String name, TrainingOptions options) {
    Path folder = Golden.FIXTURES.resolve("gradients");
    Kernels kernels = LoadedModel.VECTOR;
    try (Arena arena = Arena.ofShared();
        Golden golden =
            Golden.open(folder.resolve(name + ".json"), folder.resolve(name + ".safetensors"));
        Checkpoint checkpoint = Checkpoint.open(Golden.FIXTURES.resolve("models").resolve(name))) {
      DecoderStack stack = ModelWeights.copy(checkpoint, kernels, ModelOptions.defaults(), arena);
      stack.parameters().allocateGradients(arena);
      try (TrainingPass pass = new TrainingPass(stack, kernels, options)) {
        int[] ids = golden.intTensor("input_ids");
        TrainingBatch batch =
            TrainingBatch.of(
                Arrays.copyOfRange(ids, 0, LENGTH), Arrays.copyOfRange(ids, LENGTH, 2 * LENGTH));

        TrainingLosses losses = pass.run(batch, 1);

        double expected = golden.json().at("/losses_of_steps/0").doubleValue();
        assertThat(losses.crossEntropy()).isCloseTo(expected, within(1e-5));
        int compared = 0;
        for (Parameter parameter : stack.parameters().all()) {
          compared += compare(parameter, golden);
        }
        assertThat(compared).isEqualTo(golden.json().get("gradient_norms_step0").size());
      }
    }
  }

  /// Draft modules are no part of the goldens.
  private static int compare(Parameter parameter, Golden golden) {
    var norm = golden.json().get("gradient_norms_step0").get(parameter.name());
    if (norm == null) {
      return 0;
    }
    Matrix found = parameter.gradient();
    Matrix expected = golden.matrix("grad." + parameter.name());
    double squares = 0;
    double differences = 0;
    for (int row = 0; row < found.rows(); row++) {
      for (int column = 0; column < found.columns(); column++) {
        squares += (double) found.get(row, column) * found.get(row, column);
        if (row < expected.rows()) {
          double difference = (double) found.get(row, column) - expected.get(row, column);
          differences += difference * difference;
        }
      }
    }
    double tolerance = 1e-4 * norm.doubleValue() + 1e-9;
    assertThat(Math.sqrt(squares))
        .as(parameter.name())
        .isCloseTo(norm.doubleValue(), within(tolerance));
    assertThat(Math.sqrt(differences)).as(parameter.name()).isLessThanOrEqualTo(tolerance);
    return 1;
  }
}
