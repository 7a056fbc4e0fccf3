package fathom.model;

import static fathom.model.Closeness.assertClose;

import fathom.checkpoint.Checkpoint;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelWeightsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gguf/deepseek-v3-tiny.Q8_0.gguf",
        "gguf/deepseek-v3-tiny.legacy.Q8_0.gguf",
        "gguf/llama-tiny.Q4_K_M.gguf",
        "models/deepseek-v3-tiny-fp8",
        "models/qwen2-tiny"
      })
  void float32CopiesGiveTheSameModelWhateverTheFormat(String name) {
    Path path = Golden.FIXTURES.resolve(name);
    int[] prompt = {1, 50, 7, 300, 12, 9, 600};
    float[][] expected;
    try (LoadedModel loaded = LoadedModel.open(path, LoadedModel.VECTOR, ModelOptions.defaults());
        CachedSequence sequence = loaded.newSequence()) {
      expected = sequence.forward(prompt);
    }
    try (Arena arena = Arena.ofShared()) {
      DecoderStack stack;
      try (Checkpoint checkpoint = Checkpoint.open(path)) {
        stack = ModelWeights.copy(checkpoint, LoadedModel.VECTOR, ModelOptions.defaults(), arena);
      }
      try (DecoderModel copy = DecoderModel.of(stack, LoadedModel.VECTOR, ModelOptions.defaults());
          CachedSequence sequence = new CachedSequence(copy)) {
        float[][] found = sequence.forward(prompt);
        for (int row = 0; row < prompt.length; row++) {
          assertClose("row " + row, found[row], expected[row], 1e-3);
        }
      }
    }
  }
}
