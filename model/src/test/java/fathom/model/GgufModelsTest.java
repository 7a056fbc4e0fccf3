package fathom.model;

import static fathom.model.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Matrix;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// GGUF files in both layouts, split, permuted and quantised, against transformers on the
/// dequantised weights.
class GgufModelsTest {
  private static final Path FOLDER = Golden.FIXTURES.resolve("gguf");

  /// Gap between the two best tokens below which rounding may decide.
  private static final double CLOSE_CALL = 0.003;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny.BF16.gguf",
        "deepseek-v3-tiny.Q8_0.gguf",
        "deepseek-v3-tiny.Q4_0.gguf",
        "deepseek-v3-tiny.legacy.Q8_0.gguf",
        "deepseek-v3-k.Q4_K_M.gguf",
        "deepseek-v2-lite-tiny.F16.gguf",
        "deepseek-v2-lite-tiny.Q8_0-00001-of-00003.gguf",
        "llama-tiny.F16.gguf",
        "llama-tiny.Q4_0.gguf",
        "llama-tiny.Q4_K_M.gguf",
        "llama-tiny.Q5_K_M.gguf",
        "llama-tiny.Q6_K.gguf",
        "llama-tiny.Q8_0.gguf",
        "qwen2-tiny.F32.gguf",
        "qwen2-tiny.Q4_0.gguf",
        "qwen2-tiny.Q8_0.gguf",
        "qwen3-tiny.BF16.gguf",
        "qwen3-tiny.Q8_0.gguf"
      })
  void givesTheReferencesLogitsAndContinuation(String name) {
    try (Golden golden =
            Golden.open(FOLDER.resolve("golden.json"), FOLDER.resolve("golden.safetensors"));
        LoadedModel loaded =
            LoadedModel.open(FOLDER.resolve(name), LoadedModel.VECTOR, ModelOptions.defaults())) {
      JsonNode file = golden.json().get("files").get(name);
      Matrix last4 = golden.matrix(name + "/short.last4_logits");
      int[] prompt = Golden.ints(file.at("/prompts/short/ids"));
      try (CachedSequence sequence = loaded.newSequence()) {
        float[][] logits = sequence.forward(prompt);
        assertClose(
            "short", Arrays.copyOfRange(logits, logits.length - 4, logits.length), last4, 1e-3);
      }
      try (CachedSequence sequence = loaded.newSequence()) {
        float[][] logits = sequence.forward(Golden.ints(file.at("/prompts/long/ids")));
        float[] expected = golden.matrix(name + "/long.last_logits").toArray(0);
        assertClose("long", logits[logits.length - 1], expected, 1e-3);
      }
      assertGreedy(loaded, prompt, file.get("dequantised_float32"));
    }
  }

  private static void assertGreedy(LoadedModel loaded, int[] prompt, JsonNode golden) {
    int[] expected = Golden.ints(golden.at("/greedy/short"));
    int certain = 0;
    for (JsonNode gap : golden.at("/greedy_top1_minus_top2/short")) {
      if (gap.doubleValue() < CLOSE_CALL) {
        break;
      }
      certain++;
    }
    try (CachedSequence sequence = loaded.newSequence()) {
      int[] found = sequence.greedy(prompt, expected.length);
      assertThat(Arrays.copyOf(found, certain)).isEqualTo(Arrays.copyOf(expected, certain));
    }
  }
}
