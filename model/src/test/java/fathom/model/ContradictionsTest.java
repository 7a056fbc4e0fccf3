package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.MalformedCheckpointException;
import fathom.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Configurations and tensors that do not fit together, and steps that ask for the impossible.
class ContradictionsTest {
  @TempDir Path folder;

  /// Copies a model of the fixtures and changes its configuration.
  private Path copyOf(String model, Consumer<ObjectNode> change) throws IOException {
    Path source = Golden.FIXTURES.resolve("models").resolve(model);
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.filter(f -> f.toString().contains("model")).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    ObjectNode config = (ObjectNode) Golden.json(source.resolve("config.json"));
    change.accept(config);
    Files.writeString(folder.resolve("config.json"), config.toString());
    return folder;
  }

  private static void load(Path path) {
    LoadedModel.open(path, LoadedModel.VECTOR, ModelOptions.defaults()).close();
  }

  @ParameterizedTest
  @CsvSource({
    "vocab_size, 1031, model.embed_tokens.weight, 1031, 1032",
    "hidden_size, 128, model.embed_tokens.weight, 128, 96",
    "num_attention_heads, 2, self_attn.q_b_proj.weight, 96, 192",
    "kv_lora_rank, 16, kv_a_proj_with_mqa, 32, 48",
    "v_head_dim, 48, kv_b_proj, 320, 224",
    "intermediate_size, 161, mlp.gate_proj, 161, 160",
    "moe_intermediate_size, 64, experts.0.gate_proj, 64, 32",
    "n_shared_experts, 2, shared_experts.gate_proj, 64, 32"
  })
  void aShapeThatContradictsTheConfigurationNamesTensorAndBothShapes(
      String key, int value, String tensor, String expected, String found) throws IOException {
    Path path =
        copyOf(
            "deepseek-v3-tiny",
            config -> {
              config.put(key, value);
              if (key.equals("num_attention_heads")) {
                config.put("num_key_value_heads", value);
              }
            });
    assertThatThrownBy(() -> load(path))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContainingAll(path.toString(), tensor, expected, found);
  }

  @ParameterizedTest
  @CsvSource({
    "num_hidden_layers, 6, model.layers.5.",
    "n_routed_experts, 32, model.layers.1.mlp.",
    "first_k_dense_replace, 2, model.layers.1.mlp."
  })
  void aTensorThatTheConfigurationCallsForMustBeThere(String key, int value, String tensor)
      throws IOException {
    Path path = copyOf("deepseek-v3-tiny", config -> config.put(key, value));
    assertThatThrownBy(() -> load(path))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContainingAll(path.toString(), tensor);
  }

  @Test
  void aHugeConfigurationIsRefusedBeforeAnythingOfItsSizeIsMade() throws IOException {
    Path path =
        copyOf(
            "deepseek-v3-tiny",
            config -> {
              config.put("num_hidden_layers", 1000);
              config.put("n_routed_experts", 8192);
              config.put("max_position_embeddings", 1 << 29);
            });
    assertThatThrownBy(() -> load(path)).isInstanceOf(MalformedCheckpointException.class);
  }

  @Test
  void aMissingConfigurationIsRefused() throws IOException {
    Path path = copyOf("qwen2-tiny", config -> {});
    Files.delete(path.resolve("config.json"));
    assertThatThrownBy(() -> load(path))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("config.json");
  }

  @Test
  void aDraftModuleThatIsNotThereIsDoneWithout() throws IOException {
    Path path = copyOf("deepseek-v2-tiny", config -> config.put("num_nextn_predict_layers", 1));
    try (Checkpoint checkpoint = Checkpoint.open(path);
        DecoderModel model =
            DecoderModel.load(checkpoint, TinyModel.KERNELS, ModelOptions.defaults());
        CachedSequence sequence = new CachedSequence(model)) {
      assertThat(model.draftLayer()).isEmpty();
      sequence.forward(1, 2);
      assertThatThrownBy(() -> sequence.draft(0, new int[] {2, 3}, model.lastStates()))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    try (LoadedModel loaded = LoadedModel.of("qwen2-tiny");
        CachedSequence sequence = loaded.newSequence()) {
      for (int bad : new int[] {-1, 1024}) {
        assertThatThrownBy(() -> sequence.forward(3, bad))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("1024")
            .hasMessageContaining(String.valueOf(bad));
      }
    }
  }

  @Test
  void aCacheOfAnotherLayoutIsRefused() {
    try (LoadedModel loaded = LoadedModel.of("qwen2-tiny")) {
      CacheLayout other = new CacheLayout(1, 8, DType.F32);
      BlockTable cache = new BlockTable(other);
      cache.append(0);
      StepBatch batch =
          new StepBatch(new int[] {1}, List.of(new Span(0, 1, 0, cache)), new int[] {0});
      assertThatThrownBy(() -> loaded.model().forward(batch))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rowWidth=8");
    }
  }

  @Test
  void statesOfTheWrongSizeAreNoStartForADraft() {
    try (LoadedModel loaded = LoadedModel.of("deepseek-v3-tiny");
        CachedSequence sequence = loaded.newSequence()) {
      sequence.forward(1, 2, 3);
      assertThatThrownBy(() -> sequence.draft(0, new int[] {2, 3}, loaded.model().lastStates()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 x 96");
    }
  }

  @Test
  void aStepMayAskForNoLogitsAtAll() {
    try (LoadedModel loaded = LoadedModel.of("deepseek-v3-tiny");
        CachedSequence sequence = loaded.newSequence()) {
      Span span = sequence.next(0, 2);
      StepBatch batch = new StepBatch(new int[] {1, 2}, List.of(span), new int[0]);
      assertThat(loaded.model().forward(batch).rows()).isZero();
      assertThat(loaded.model().lastHidden().rows()).isZero();
      assertThat(loaded.model().lastStates().rows()).isEqualTo(2);
    }
  }
}
