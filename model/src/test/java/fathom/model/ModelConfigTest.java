package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ModelConfigTest {
  private static final Path FILE = Path.of("somewhere", "config.json");

  private static ModelConfig read(String preset, Consumer<ObjectNode> change) {
    ObjectNode tree = ModelPresets.tree(preset);
    change.accept(tree);
    return ModelConfig.of(tree, FILE);
  }

  private static void assertRefused(String preset, String json, String... parts) {
    ObjectNode changes = (ObjectNode) JsonMapper.shared().readTree(json);
    assertThatThrownBy(() -> read(preset, tree -> tree.setAll(changes)))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(FILE.toString())
        .hasMessageContainingAll(parts);
  }

  @Test
  void readsTheReleasedV3() {
    ModelConfig v3 = read("v3", tree -> {});
    assertThat(v3.architecture()).isEqualTo(Architecture.DEEPSEEK_V3);
    assertThat(v3.attention()).isInstanceOf(LatentAttentionConfig.class);
    assertThat(v3.attention().cacheRowWidth()).isEqualTo(576);
    MoeConfig experts = v3.feedForward().experts(3).orElseThrow();
    assertThat(v3.feedForward().experts(2)).isEmpty();
    assertThat(experts.router())
        .isEqualTo(
            new RouterConfig(
                256,
                8,
                8,
                4,
                RouterConfig.Scoring.SIGMOID,
                RouterConfig.Method.NOAUX_TC,
                true,
                2.5f));
    assertThat(v3.weights().draftLayers()).isEqualTo(1);
  }

  @Test
  void scalesV3sScoresByYarnsSquare() {
    var attention = (LatentAttentionConfig) read("v3", tree -> {}).attention();
    assertThat(attention.scoreScale()).isEqualTo((float) (1.8738542 / Math.sqrt(192)));
  }

  @Test
  void readsRopeParametersOfTransformers5() {
    ModelConfig config =
        read(
            "tiny",
            tree -> {
              tree.remove("rope_theta");
              tree.putObject("rope_parameters").put("rope_theta", 5e5).put("rope_type", "default");
            });
    assertThat(config.attention().rope())
        .isEqualTo(new RopeConfig(5e5, new RopeScaling.None(), true));
  }

  @Test
  void readsYarnFromRopeParameters() {
    ModelConfig config =
        read(
            "tiny",
            tree ->
                tree.putObject("rope_parameters")
                    .put("rope_type", "yarn")
                    .put("factor", 4)
                    .put("original_max_position_embeddings", 1024));
    assertThat(config.attention().rope().scaling())
        .isEqualTo(new RopeScaling.Yarn(4, 1024, 32, 1, 0, 0, 0, 0));
  }

  @Test
  void assumesTheGroupsOfV3WhereAnOldConversionLeavesThemOut() {
    ModelConfig config =
        read(
            "v3",
            tree -> {
              tree.remove("n_group");
              tree.remove("topk_group");
            });
    RouterConfig router = config.feedForward().experts().orElseThrow().router();
    assertThat(router.groups()).isEqualTo(8);
    assertThat(router.topGroups()).isEqualTo(4);
  }

  @Test
  void knowsTheRoutersOfV3WithoutTheirKeys() {
    ModelConfig config =
        read(
            "tiny",
            tree -> {
              tree.remove("scoring_func");
              tree.remove("topk_method");
              tree.remove("norm_topk_prob");
            });
    RouterConfig router = config.feedForward().experts().orElseThrow().router();
    assertThat(router.scoring()).isEqualTo(RouterConfig.Scoring.SIGMOID);
    assertThat(router.method()).isEqualTo(RouterConfig.Method.NOAUX_TC);
    assertThat(router.normTopkProb()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "kv_lora_rank",
        "n_routed_experts",
        "num_experts_per_tok",
        "moe_intermediate_size"
      })
  void everySizeMustBeAPositiveWholeNumber(String key) {
    for (String bad : new String[] {"0", "-1", "1.5", "1e30", "\"8\"", "[1]", "true"}) {
      assertRefused("v3", "{\"%s\": %s}".formatted(key, bad), key);
    }
  }

  @Test
  void aMissingKeyIsNamed() {
    assertThatThrownBy(() -> read("v3", tree -> tree.remove("kv_lora_rank")))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("kv_lora_rank: expected a number, found nothing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v3 | {\"n_group\": 7} | n_routed_experts | 7 | 256",
        "v3 | {\"topk_group\": 9} | topk_group | 8 | 9",
        "v3 | {\"num_experts_per_tok\": 129} | num_experts_per_tok | 128 | 129",
        "v3 | {\"qk_rope_head_dim\": 63} | qk_rope_head_dim | even | 63",
        "v3 | {\"num_key_value_heads\": 8} | num_key_value_heads | 128 | 8",
        "v3 | {\"moe_layer_freq\": 2} | moe_layer_freq | 1 | 2",
        "v3 | {\"scoring_func\": \"sqrtsoftplus\"} | scoring_func | sigmoid | sqrtsoftplus",
        "v3 | {\"topk_method\": \"best\"} | topk_method | noaux_tc | best",
        "v3 | {\"hidden_act\": \"gelu\"} | hidden_act | silu | gelu",
        "v3 | {\"rms_norm_eps\": -1} | rms_norm_eps | positive | -1",
        "v3 | {\"rope_theta\": 0} | rope_theta | above 1 | 0",
        "v3 | {\"rope_scaling\": {\"type\": \"ntk\"}} | rope_scaling.type | yarn | ntk",
        "v3 | {\"rope_scaling\": {\"type\": \"yarn\"}} | rope_scaling.factor | number | nothing",
        "v3 | {\"rope_scaling\": 5} | rope_scaling | object | NUMBER",
        "v3 | {\"quantization_config\": {\"quant_method\": \"awq\"}} | quant_method | fp8 | awq",
        "v3 | {\"num_nextn_predict_layers\": 99} | num_nextn_predict_layers | 16 | 99",
        "v3 | {\"model_type\": \"gpt2\"} | model_type | llama | gpt2",
        "r1-distill-qwen-1.5b | {\"num_key_value_heads\": 5} | num_attention_heads | 5 | 12",
        "r1-distill-qwen-1.5b | {\"hidden_size\": 1537} | hidden_size | 12 | 1537",
        "r1-distill-qwen-1.5b | {\"use_sliding_window\": true} | use_sliding_window | false | true"
      })
  void contradictionsNameTheKeyTheExpectedAndTheFound(
      String preset, String change, String key, String expected, String found) {
    assertRefused(preset, change, key, expected, found);
  }

  @Test
  void somethingElseThanAnObjectIsRefused() {
    assertThatThrownBy(() -> ModelConfig.of(JsonMapper.shared().readTree("[]"), FILE))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("object");
  }

  @Test
  void qwen2HasBiasesAndQwen3HasHeadNorms() {
    var qwen2 = (GroupedAttentionConfig) read("r1-distill-qwen-1.5b", tree -> {}).attention();
    var qwen3 =
        (GroupedAttentionConfig)
            read("r1-distill-qwen-1.5b", tree -> tree.put("model_type", "qwen3")).attention();
    assertThat(qwen2.biases()).isEqualTo(GroupedAttentionConfig.Biases.QUERY_KEY_VALUE);
    assertThat(qwen2.headNorms()).isFalse();
    assertThat(qwen3.biases()).isEqualTo(GroupedAttentionConfig.Biases.NONE);
    assertThat(qwen3.headNorms()).isTrue();
    assertThat(qwen2.rope().interleaved()).isFalse();
  }
}
