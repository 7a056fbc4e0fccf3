package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import fathom.tensor.WeightMatrix;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class CheckpointTest {
  static List<Path> models() {
    return Fixtures.models();
  }

  static Stream<Path> ggufFiles() {
    return Fixtures.ggufGoldens()
        .map(golden -> golden.getKey())
        .filter(name -> !name.startsWith("all-types"))
        .map(Fixtures.GGUF::resolve);
  }

  @ParameterizedTest
  @MethodSource("models")
  void opensEveryModelDirectory(Path directory) {
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      long vocabulary = checkpoint.config().get("vocab_size").longValue();
      assertThat(checkpoint.weight("model.embed_tokens.weight").rows()).isEqualTo(vocabulary);
      assertThat(checkpoint.format()).isEqualTo(Checkpoint.Format.SAFETENSORS);
    }
  }

  @ParameterizedTest
  @MethodSource("ggufFiles")
  void translatesTheConfigurationOfEveryGgufFile(Path file) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      ObjectNode config = checkpoint.config();
      Path original =
          Fixtures.MODELS.resolve(file.getFileName().toString().replaceFirst("\\..*", ""));
      if (!original.toFile().exists()) {
        return;
      }
      ObjectNode expected = (ObjectNode) Fixtures.json(original.resolve("config.json"));
      for (String key : KEYS) {
        if (expected.has(key)) {
          assertThat(config.get(key)).as(key).isNotNull();
          assertThat(config.get(key)).as(key).hasToString(expected.get(key).toString());
        }
      }
    }
  }

  private static final List<String> KEYS =
      List.of(
          "architectures",
          "model_type",
          "hidden_size",
          "intermediate_size",
          "max_position_embeddings",
          "num_attention_heads",
          "num_key_value_heads",
          "num_hidden_layers",
          "rms_norm_eps",
          "tie_word_embeddings",
          "vocab_size",
          "kv_lora_rank",
          "qk_nope_head_dim",
          "qk_rope_head_dim",
          "v_head_dim",
          "n_routed_experts",
          "num_experts_per_tok",
          "n_shared_experts",
          "scoring_func",
          "norm_topk_prob",
          "head_dim");

  @Test
  void findsTensorsOfAGgufFileByTheirHuggingFaceNames() {
    try (Checkpoint checkpoint =
        Checkpoint.open(Fixtures.GGUF.resolve("deepseek-v3-tiny.Q8_0.gguf"))) {
      WeightMatrix expert = checkpoint.weight("model.layers.1.mlp.experts.15.up_proj.weight");
      assertThat(expert.rows()).isEqualTo(32);
      assertThat(expert.columns()).isEqualTo(96);
      assertThat(expert.type()).isEqualTo(DType.Q8_0);
      TensorEntry stack = checkpoint.tensor("blk.1.ffn_up_exps.weight");
      assertThat(stack.shape()).isEqualTo(Shape.of(16, 32, 96));
      assertThat(expert.segment().address())
          .isEqualTo(stack.segment().address() + stack.segment().byteSize() / 16 * 15);
      assertThat(checkpoint.slices("model.layers.1.self_attn.k_b_proj.weight")).hasSize(4);
      assertThat(checkpoint.contains("model.layers.1.self_attn.kv_b_proj.weight")).isFalse();
    }
  }

  @Test
  void givesFp8WeightsTheirBlockScales() {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8"))) {
      WeightMatrix weight = checkpoint.weight("model.layers.1.self_attn.q_a_proj.weight");
      assertThat(weight.scales()).isNotNull();
      assertThat(weight.scales().scaleInv().rows()).isEqualTo(2);
    }
  }
}
