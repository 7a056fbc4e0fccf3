package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ConfigJsonTest {
  @TempDir Path directory;

  private static ObjectNode golden(String file) {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.GGUF.resolve(file))) {
      return checkpoint.config();
    }
  }

  /// What the metadata of `original`, changed, say together with its tensors (which are empty).
  private ObjectNode changed(String original, Map<String, GgufValue> changes, String... removed) {
    Path file = directory.resolve("changed.gguf");
    try (Checkpoint source = Checkpoint.open(Fixtures.GGUF.resolve(original))) {
      Map<String, GgufValue> metadata =
          new LinkedHashMap<>(source.metadata().orElseThrow().values());
      metadata.putAll(changes);
      metadata.keySet().removeAll(List.of(removed));
      List<TensorSpec> tensors = new ArrayList<>();
      source.tensors().values().stream()
          .filter(tensor -> !tensor.name().contains("_exps"))
          .forEach(t -> tensors.add(new TensorSpec(t.name(), t.type(), t.shape())));
      TinyModels.fill(GgufWriter.create(file, metadata, tensors), tensors);
    }
    try (Arena arena = Arena.ofConfined()) {
      return ConfigJson.fromGguf(GgufFile.open(file, arena));
    }
  }

  private static final String V3 = "deepseek-v3-tiny.Q8_0.gguf";

  @Test
  void readsTheRouterOfV3() {
    ObjectNode config = golden(V3);
    assertThat(config.get("model_type").stringValue()).isEqualTo("deepseek_v3");
    assertThat(config.get("scoring_func").stringValue()).isEqualTo("sigmoid");
    assertThat(config.get("topk_method").stringValue()).isEqualTo("noaux_tc");
    assertThat(config.get("n_group").intValue()).isEqualTo(4);
    assertThat(config.get("topk_group").intValue()).isEqualTo(2);
    assertThat(config.get("routed_scaling_factor").doubleValue()).isEqualTo(2.5);
    assertThat(config.get("norm_topk_prob").booleanValue()).isTrue();
    assertThat(config.get("q_lora_rank").intValue()).isEqualTo(64);
  }

  @Test
  void readsYarnWithTheOriginalMscale() {
    ObjectNode scaling = (ObjectNode) golden(V3).get("rope_scaling");
    assertThat(scaling.get("type").stringValue()).isEqualTo("yarn");
    assertThat(scaling.get("factor").doubleValue()).isEqualTo(40);
    assertThat(scaling.get("mscale_all_dim").doubleValue()).isEqualTo(1.0);
    assertThat(scaling.get("original_max_position_embeddings").intValue()).isEqualTo(64);
    ObjectNode lite = (ObjectNode) golden("deepseek-v2-lite-tiny.F16.gguf").get("rope_scaling");
    assertThat(lite.get("mscale").doubleValue()).isEqualTo(0.707);
  }

  @Test
  void readsTheLegacyLayoutAsTheSameModel() {
    ObjectNode legacy = golden("deepseek-v3-tiny.legacy.Q8_0.gguf");
    ObjectNode today = golden(V3);
    // Such files say nothing of expert groups.
    assertThat(legacy.get("n_group").intValue()).isEqualTo(1);
    assertThat(legacy.get("topk_group").intValue()).isEqualTo(1);
    for (String key : List.of("n_group", "topk_group")) {
      legacy.remove(key);
      today.remove(key);
    }
    assertThat(legacy).isEqualTo(today);
  }

  @Test
  void givesEarlyFilesOfTheLargeModelItsGroups() {
    ObjectNode config =
        changed(
            V3,
            Map.of("deepseek2.expert_count", GgufValue.of(256)),
            "deepseek2.expert_group_count",
            "deepseek2.expert_group_used_count");
    assertThat(config.get("n_group").intValue()).isEqualTo(8);
    assertThat(config.get("topk_group").intValue()).isEqualTo(4);
  }

  @Test
  void takesAMissingGatingFunctionForSoftmax() {
    ObjectNode config = changed(V3, Map.of(), "deepseek2.expert_gating_func");
    assertThat(config.get("scoring_func").stringValue()).isEqualTo("softmax");
    assertThat(config.get("model_type").stringValue()).isEqualTo("deepseek_v2");
    assertThat(config.get("topk_method").stringValue()).isEqualTo("group_limited_greedy");
  }

  @Test
  void takesMissingWeightsSettingsForNone() {
    ObjectNode config =
        changed(V3, Map.of(), "deepseek2.expert_weights_norm", "deepseek2.expert_weights_scale");
    assertThat(config.get("norm_topk_prob").booleanValue()).isFalse();
    assertThat(config.get("routed_scaling_factor").doubleValue()).isEqualTo(1);
  }

  @Test
  void leavesOutMscaleWhereTheFileDoes() {
    ObjectNode config = changed(V3, Map.of(), "deepseek2.rope.scaling.yarn_log_multiplier");
    assertThat(config.get("rope_scaling").has("mscale_all_dim")).isFalse();
  }

  @Test
  void decidesTheRankOfQueriesByTheTensors() {
    ObjectNode config = golden("deepseek-v2-lite-tiny.F16.gguf");
    assertThat(config.get("q_lora_rank").isNull()).isTrue();
    assertThat(config.get("num_key_value_heads").intValue()).isEqualTo(4);
    assertThat(config.get("topk_method").stringValue()).isEqualTo("greedy");
  }

  @Test
  void findsTheLlama3ScalingBehindItsDivisors() {
    ObjectNode config = golden("llama-tiny.F16.gguf");
    ObjectNode scaling = (ObjectNode) config.get("rope_scaling");
    assertThat(scaling.get("rope_type").stringValue()).isEqualTo("llama3");
    assertThat(scaling.get("factor").doubleValue()).isEqualTo(8);
    assertThat(scaling.get("low_freq_factor").doubleValue()).isEqualTo(1);
    assertThat(scaling.get("high_freq_factor").doubleValue()).isEqualTo(4);
    assertThat(scaling.get("original_max_position_embeddings").intValue()).isEqualTo(128);
    assertThat(config.get("tie_word_embeddings").booleanValue()).isTrue();
    assertThat(config.get("rope_interleave").booleanValue()).isTrue();
  }

  @Test
  void keepsTheAttentionFactorOfYarn() {
    ObjectNode scaling = (ObjectNode) golden("qwen3-tiny.Q8_0.gguf").get("rope_scaling");
    assertThat(scaling.get("attn_factor").doubleValue()).isEqualTo(0.8782489);
    assertThat(scaling.get("factor").doubleValue()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek2.block_count",
        "deepseek2.embedding_length",
        "deepseek2.attention.head_count",
        "deepseek2.attention.kv_lora_rank",
        "deepseek2.expert_count",
        "deepseek2.expert_used_count",
        "deepseek2.rope.dimension_count"
      })
  void refusesFilesThatLackWhatIsNeeded(String key) {
    assertThatThrownBy(() -> changed(V3, Map.of(), key))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("found none");
  }

  @ParameterizedTest
  @CsvSource({
    "general.architecture, gpt-oss, expected one of",
    "deepseek2.block_count, four, a whole number",
    "deepseek2.rope.freq_base, much, a finite number"
  })
  void refusesValuesOfAWrongKind(String key, String text, String reason) {
    assertThatThrownBy(() -> changed(V3, Map.of(key, GgufValue.of(text))))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesNumbersThatCannotBe() {
    for (GgufValue value :
        List.of(
            GgufValue.of(GgufType.INT32, -1),
            GgufValue.of(GgufType.UINT64, -1L),
            GgufValue.of(3f),
            GgufValue.ofNumbers(GgufType.INT32, List.of(4)))) {
      assertThatThrownBy(() -> changed(V3, Map.of("deepseek2.block_count", value)))
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("deepseek2.block_count");
    }
    assertThatThrownBy(
            () -> changed(V3, Map.of("deepseek2.rope.freq_base", GgufValue.of(Float.NaN))))
        .hasMessageContaining("finite");
    assertThatThrownBy(() -> changed(V3, Map.of("deepseek2.expert_gating_func", GgufValue.of(3))))
        .hasMessageContaining("expected 1 or 2, found 3");
    assertThatThrownBy(() -> changed(V3, Map.of("deepseek2.nextn_predict_layers", GgufValue.of(9))))
        .hasMessageContaining("expected at least 9, found 4");
  }

  @Test
  void refusesAVocabularyAndAnEmbeddingOfDifferentSizes() {
    assertThatThrownBy(() -> changed(V3, Map.of("deepseek2.vocab_size", GgufValue.of(1024))))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("found 1032 rows, vocab_size 1024, 1032 tokens");
    GgufValue tokens = GgufValue.ofStrings(List.of("a", "b"));
    assertThatThrownBy(() -> changed(V3, Map.of("tokenizer.ggml.tokens", tokens)))
        .hasMessageContaining("2 tokens");
  }

  private static ObjectNode config(String model) {
    return (ObjectNode) Fixtures.json(Fixtures.MODELS.resolve(model).resolve("config.json"));
  }

  private static Map<String, GgufValue> toGguf(ObjectNode config) {
    return ConfigJson.toGguf(Path.of("config.json"), config, new ConfigJson.GgufLayout(false, 0));
  }

  @Test
  void writesTheNewerFormOfRotarySettings() {
    ObjectNode config = config("qwen3-tiny");
    Map<String, GgufValue> released = toGguf(config);
    ObjectNode parameters = ((ObjectNode) config.remove("rope_scaling")).deepCopy();
    parameters.set("rope_theta", config.remove("rope_theta"));
    config.set("rope_parameters", parameters);
    assertThat(toGguf(config)).isEqualTo(released);
  }

  @Test
  void writesSigmoidForV3WithoutAScoringFunction() {
    Map<String, GgufValue> metadata = toGguf(config("adder-v3"));
    assertThat(metadata.get("deepseek2.expert_gating_func")).isEqualTo(GgufValue.of(2));
    assertThat(metadata).doesNotContainKey("deepseek2.rope.scaling.type");
    assertThat(metadata.get("deepseek2.rope.freq_base")).isEqualTo(GgufValue.of(10000f));
  }

  @Test
  void writesNoKeyForPlainQueries() {
    assertThat(toGguf(config("deepseek-v2-lite-tiny")))
        .doesNotContainKey("deepseek2.attention.q_lora_rank")
        .doesNotContainKey("deepseek2.expert_weights_norm");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type | \"mamba\" | expected one of deepseek_v2",
        "model_type | 3 | expected a string",
        "hidden_size | -1 | a whole number",
        "hidden_size | 1.5 | a whole number",
        "hidden_size | 99999999999 | a whole number",
        "hidden_size | null | found none",
        "kv_lora_rank | \"x\" | a whole number",
        "rms_norm_eps | \"x\" | a finite number",
        "rms_norm_eps | 1e999 | a finite number",
        "norm_topk_prob | 1 | true or false",
        "rope_scaling | [] | an object"
      })
  void refusesConfigurationsThatCannotBe(String key, String value, String reason) {
    ObjectNode config = config("deepseek-v3-tiny");
    config.set(key, new JsonMapper().readTree(value));
    assertThatThrownBy(() -> toGguf(config))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(reason);
  }

  @Test
  void keepsDivisorsOfAnotherOriginAsTheyAre() {
    Path file = directory.resolve("odd.gguf");
    try (Checkpoint source = Checkpoint.open(Fixtures.GGUF.resolve("llama-tiny.F16.gguf"))) {
      List<TensorSpec> tensors =
          List.of(
              TinyModels.spec("token_embd.weight", DType.F16, 1024, 256),
              TinyModels.spec("rope_freqs.weight", DType.F32, 3));
      TinyModels.fill(
          GgufWriter.create(file, source.metadata().orElseThrow().values(), tensors), tensors);
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      ObjectNode scaling = (ObjectNode) checkpoint.config().get("rope_scaling");
      assertThat(scaling.get("rope_type").stringValue()).isEqualTo("longrope");
      assertThat(scaling.get("long_factor").toString()).isEqualTo("[1.0,1.25,1.5]");
      assertThat(scaling.get("attention_factor").doubleValue()).isEqualTo(1);
    }
  }
}
