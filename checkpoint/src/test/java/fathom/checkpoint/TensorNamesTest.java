package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorNamesTest {
  static List<Path> models() {
    return Fixtures.models();
  }

  static Stream<Path> ggufFiles() {
    return CheckpointTest.ggufFiles();
  }

  @ParameterizedTest
  @CsvSource({
    "model.embed_tokens.weight, token_embd.weight",
    "model.norm.weight, output_norm.weight",
    "lm_head.weight, output.weight",
    "model.layers.0.input_layernorm.weight, blk.0.attn_norm.weight",
    "model.layers.12.post_attention_layernorm.weight, blk.12.ffn_norm.weight",
    "model.layers.3.self_attn.q_proj.bias, blk.3.attn_q.bias",
    "model.layers.3.self_attn.q_norm.weight, blk.3.attn_q_norm.weight",
    "model.layers.3.self_attn.kv_a_proj_with_mqa.weight, blk.3.attn_kv_a_mqa.weight",
    "model.layers.3.self_attn.kv_b_proj.weight, blk.3.attn_kv_b.weight",
    "model.layers.3.mlp.gate.weight, blk.3.ffn_gate_inp.weight",
    "model.layers.3.mlp.gate.e_score_correction_bias, blk.3.exp_probs_b.bias",
    "model.layers.3.mlp.gate_proj.weight, blk.3.ffn_gate.weight",
    "model.layers.3.mlp.shared_experts.down_proj.weight, blk.3.ffn_down_shexp.weight",
    "model.layers.61.eh_proj.weight, blk.61.nextn.eh_proj.weight",
    "model.layers.61.embed_tokens.weight, blk.61.nextn.embed_tokens.weight",
    "model.layers.61.shared_head.norm.weight, blk.61.nextn.shared_head_norm.weight",
    "model.layers.61.shared_head.head.weight, blk.61.nextn.shared_head_head.weight"
  })
  void translatesInBothDirections(String huggingFace, String gguf) {
    assertThat(TensorNames.toGguf(huggingFace)).contains(new TensorNames.GgufName(gguf, -1));
    assertThat(TensorNames.toHuggingFace(gguf)).contains(huggingFace);
  }

  @Test
  void findsAnExpertInItsStack() {
    String name = "model.layers.3.mlp.experts.255.up_proj.weight";
    assertThat(TensorNames.toGguf(name))
        .contains(new TensorNames.GgufName("blk.3.ffn_up_exps.weight", 255));
    assertThat(TensorNames.expert("blk.3.ffn_up_exps.weight", 255)).contains(name);
    assertThat(TensorNames.toHuggingFace("blk.3.ffn_up_exps.weight")).isEmpty();
    assertThat(TensorNames.expert("blk.3.ffn_up.weight", 0)).isEmpty();
    assertThat(TensorNames.expert("output.weight", 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rope_freqs.weight",
        "model.layers.x.input_layernorm.weight",
        "model.layers.01.input_layernorm.weight",
        "model.layers.99999999999999.input_layernorm.weight",
        "model.layers.0.unknown.weight",
        "model.layers.0.mlp.experts.-1.up_proj.weight",
        "blk.0.attn_norm.weight",
        "lm_head"
      })
  void hasNoGgufNameForOthers(String name) {
    assertThat(TensorNames.toGguf(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "rope_freqs.weight", "blk.1.unknown.weight", "blk.x.attn_norm.weight", "blk"})
  void hasNoHuggingFaceNameForOthers(String name) {
    assertThat(TensorNames.toHuggingFace(name)).isEmpty();
  }

  @Test
  void knowsTheLayer() {
    assertThat(TensorNames.layer("model.layers.61.eh_proj.weight")).isEqualTo(61);
    assertThat(TensorNames.layer("blk.7.attn_norm.weight")).isEqualTo(7);
    assertThat(TensorNames.layer("output.weight")).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("models")
  void knowsEveryTensorOfEveryModel(Path model) {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      for (String name : checkpoint.tensors().keySet()) {
        if (!name.endsWith("_scale_inv")) {
          TensorNames.GgufName gguf = TensorNames.toGguf(name).orElseThrow();
          assertThat(
                  gguf.expert() < 0
                      ? TensorNames.toHuggingFace(gguf.tensor())
                      : TensorNames.expert(gguf.tensor(), gguf.expert()))
              .contains(name);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ggufFiles")
  void knowsEveryTensorOfEveryGgufFile(Path file) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (String name : checkpoint.tensors().keySet()) {
        boolean known =
            TensorNames.toHuggingFace(name).isPresent()
                || TensorNames.expert(name, 0).isPresent()
                || name.equals("rope_freqs.weight");
        assertThat(known).as(name).isTrue();
      }
    }
  }
}
