package fathom.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A `config.json` tree to GGUF metadata, in the order and the types of llama.cpp's converter.
final class ConfigToGguf {
  private final ConfigReader config;
  private final String architecture;
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();

  ConfigToGguf(ConfigReader config) {
    this.config = config;
    architecture = architecture(config);
  }

  /// The architecture of GGUF for a `model_type`.
  static String architecture(ConfigReader config) {
    String type = config.text("model_type").orElse("none");
    return switch (type) {
      case "deepseek_v2", "deepseek_v3" -> "deepseek2";
      case "qwen2", "qwen3", "llama" -> type;
      default ->
          throw MalformedCheckpointException.in(
              config.file(),
              "model_type",
              "expected one of deepseek_v2, deepseek_v3, qwen2, qwen3, llama, found "
                  + MalformedCheckpointException.printable(type));
    };
  }

  Map<String, GgufValue> write(ConfigJson.GgufLayout layout) {
    int layers = config.requiredCount("num_hidden_layers");
    int heads = config.requiredCount("num_attention_heads");
    boolean latent = architecture.equals("deepseek2");
    put("block_count", layers + layout.nextnLayers());
    put("context_length", config.requiredCount("max_position_embeddings"));
    put("embedding_length", config.requiredCount("hidden_size"));
    put("feed_forward_length", config.requiredCount("intermediate_size"));
    put("attention.head_count", heads);
    int keyValueHeads = config.count("num_key_value_heads").orElse(heads);
    put("attention.head_count_kv", latent ? (layout.wholeKvB() ? heads : 1) : keyValueHeads);
    writeRope();
    put("attention.layer_norm_rms_epsilon", (float) config.number("rms_norm_eps").orElse(1e-6));
    if (latent) {
      writeLatentAttention(layout);
      writeExperts();
    } else {
      writeHeads(heads);
    }
    if (layout.nextnLayers() > 0) {
      put("nextn_predict_layers", layout.nextnLayers());
    }
    return metadata;
  }

  private void writeHeads(int heads) {
    int headDim =
        config.count("head_dim").orElse(config.requiredCount("hidden_size") / Math.max(heads, 1));
    if (config.count("head_dim").isPresent()) {
      put("attention.key_length", headDim);
      put("attention.value_length", headDim);
    }
    if (architecture.equals("llama")) {
      put("vocab_size", config.requiredCount("vocab_size"));
      put("rope.dimension_count", headDim);
    }
  }

  private void writeLatentAttention(ConfigJson.GgufLayout layout) {
    int nope = config.requiredCount("qk_nope_head_dim");
    int rope = config.requiredCount("qk_rope_head_dim");
    int value = config.requiredCount("v_head_dim");
    int latent = config.requiredCount("kv_lora_rank");
    put("attention.key_length", layout.wholeKvB() ? nope + rope : latent + rope);
    put("attention.value_length", layout.wholeKvB() ? value : latent);
    put("vocab_size", config.requiredCount("vocab_size"));
    config.count("q_lora_rank").ifPresent(rank -> put("attention.q_lora_rank", rank));
    put("attention.kv_lora_rank", latent);
    if (!layout.wholeKvB()) {
      put("attention.key_length_mla", nope + rope);
      put("attention.value_length_mla", value);
    }
    put("rope.dimension_count", rope);
  }

  private void writeExperts() {
    boolean v3 = config.text("model_type").orElse("").equals("deepseek_v3");
    String scoring = config.text("scoring_func").orElse(v3 ? "sigmoid" : "softmax");
    put("leading_dense_block_count", config.count("first_k_dense_replace").orElse(0));
    put("expert_count", config.requiredCount("n_routed_experts"));
    put("expert_used_count", config.requiredCount("num_experts_per_tok"));
    put("expert_shared_count", config.count("n_shared_experts").orElse(0));
    put("expert_feed_forward_length", config.requiredCount("moe_intermediate_size"));
    config.count("n_group").ifPresent(groups -> put("expert_group_count", groups));
    config.count("topk_group").ifPresent(groups -> put("expert_group_used_count", groups));
    put(
        "expert_gating_func",
        scoring.equals("sigmoid") ? ConfigFromGguf.GATING_SIGMOID : ConfigFromGguf.GATING_SOFTMAX);
    put("expert_weights_scale", (float) config.number("routed_scaling_factor").orElse(1));
    if (config.flag("norm_topk_prob").orElse(v3)) {
      metadata.put(architecture + ".expert_weights_norm", GgufValue.of(true));
    }
  }

  private void writeRope() {
    Optional<ConfigReader> parameters = config.object("rope_parameters");
    double theta =
        config
            .number("rope_theta")
            .orElse(parameters.map(rope -> rope.number("rope_theta").orElse(1e4)).orElse(1e4));
    config.object("rope_scaling").or(() -> parameters).ifPresent(this::writeScaling);
    put("rope.freq_base", (float) theta);
  }

  /// Llama 3's scaling is a tensor and no metadata, see [RopeDivisors].
  private void writeScaling(ConfigReader scaling) {
    String type = scalingType(scaling);
    if (!type.equals("yarn") && !type.equals("linear")) {
      return;
    }
    metadata.put(architecture + ".rope.scaling.type", GgufValue.of(type));
    put("rope.scaling.factor", (float) scaling.number("factor").orElse(1));
    scaling
        .count("original_max_position_embeddings")
        .ifPresent(length -> put("rope.scaling.original_context_length", length));
    scaling.number("beta_fast").ifPresent(beta -> put("rope.scaling.yarn_beta_fast", (float) beta));
    scaling.number("beta_slow").ifPresent(beta -> put("rope.scaling.yarn_beta_slow", (float) beta));
    scaling
        .number("attn_factor")
        .ifPresent(factor -> put("rope.scaling.yarn_attn_factor", (float) factor));
    if (architecture.equals("deepseek2")) {
      scaling
          .number("mscale_all_dim")
          .ifPresent(m -> put("rope.scaling.yarn_log_multiplier", (float) (0.1 * m)));
    }
  }

  static String scalingType(ConfigReader scaling) {
    return scaling.text("rope_type").or(() -> scaling.text("type")).orElse("default");
  }

  private void put(String key, int value) {
    metadata.put(architecture + "." + key, GgufValue.of(value));
  }

  private void put(String key, float value) {
    metadata.put(architecture + "." + key, GgufValue.of(value));
  }
}
