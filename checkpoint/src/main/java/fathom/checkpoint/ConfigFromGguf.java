package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/// GGUF metadata to a `config.json` tree.
final class ConfigFromGguf {
  /// Architectures that Fathom runs.
  static final List<String> ARCHITECTURES = List.of("deepseek2", "qwen2", "qwen3", "llama");

  static final int GATING_SOFTMAX = 1;
  static final int GATING_SIGMOID = 2;

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final String architecture;
  private final ObjectNode config = StrictJson.object();

  ConfigFromGguf(GgufFile file) {
    this.file = file;
    this.metadata = file.metadata();
    architecture = metadata.text("general.architecture").orElse("none");
    if (!ARCHITECTURES.contains(architecture)) {
      throw fault(
          "general.architecture",
          "expected one of %s, found %s"
              .formatted(ARCHITECTURES, MalformedCheckpointException.printable(architecture)));
    }
  }

  ObjectNode read() {
    int nextn = count("nextn_predict_layers").orElse(0);
    int layers = difference("block_count", nextn);
    config.putArray("architectures").add(architectureClass());
    config.put("model_type", modelType());
    config.put("hidden_act", "silu");
    config.put("hidden_size", required("embedding_length"));
    config.put("intermediate_size", required("feed_forward_length"));
    config.put("max_position_embeddings", required("context_length"));
    config.put("num_attention_heads", required("attention.head_count"));
    config.put("num_hidden_layers", layers);
    config.put("rms_norm_eps", number("attention.layer_norm_rms_epsilon").orElse(1e-6));
    config.put("rope_theta", number("rope.freq_base").orElse(10000.0));
    config.put("tie_word_embeddings", !file.tensors().containsKey("output.weight"));
    config.put("vocab_size", vocabularySize());
    metadata.count("tokenizer.ggml.bos_token_id").ifPresent(id -> config.put("bos_token_id", id));
    metadata.count("tokenizer.ggml.eos_token_id").ifPresent(id -> config.put("eos_token_id", id));
    if (architecture.equals("deepseek2")) {
      config.put("num_nextn_predict_layers", nextn);
      readLatentAttention();
      readExperts();
    } else {
      readGroupedAttention();
    }
    readRopeScaling();
    return config;
  }

  private String modelType() {
    if (!architecture.equals("deepseek2")) {
      return architecture;
    }
    return gating() == GATING_SIGMOID ? "deepseek_v3" : "deepseek_v2";
  }

  private String architectureClass() {
    return switch (modelType()) {
      case "deepseek_v3" -> "DeepseekV3ForCausalLM";
      case "deepseek_v2" -> "DeepseekV2ForCausalLM";
      case "qwen2" -> "Qwen2ForCausalLM";
      case "qwen3" -> "Qwen3ForCausalLM";
      default -> "LlamaForCausalLM";
    };
  }

  /// Rows of the embedding; what the metadata say of the vocabulary must agree.
  private int vocabularySize() {
    TensorEntry embedding = file.tensors().get("token_embd.weight");
    if (embedding == null || embedding.shape().rank() != 2) {
      throw fault("token_embd.weight", "expected a tensor of two dimensions, found none");
    }
    long rows = embedding.shape().dim(0);
    long claimed = count("vocab_size").orElse((int) Math.min(rows, Integer.MAX_VALUE));
    GgufValue tokens = metadata.values().get("tokenizer.ggml.tokens");
    long named = tokens == null ? rows : tokens.count();
    if (claimed != rows || named != rows) {
      throw fault(
          "token_embd.weight",
          "expected as many rows as the vocabulary has tokens, found %d rows, vocab_size %d, %d tokens"
              .formatted(rows, claimed, named));
    }
    return (int) rows;
  }

  private void readGroupedAttention() {
    int heads = config.get("num_attention_heads").intValue();
    config.put("num_key_value_heads", count("attention.head_count_kv").orElse(heads));
    count("attention.key_length").ifPresent(length -> config.put("head_dim", length));
    if (!architecture.equals("qwen2")) {
      config.put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
    }
    if (architecture.equals("llama")) {
      config.put("mlp_bias", false);
      config.put("rope_interleave", true);
    }
  }

  private void readLatentAttention() {
    boolean plainQuery = file.tensors().containsKey("blk.0.attn_q.weight");
    config.put("attention_bias", false);
    config.put("num_key_value_heads", config.get("num_attention_heads").intValue());
    if (plainQuery) {
      config.putNull("q_lora_rank");
    } else {
      config.put("q_lora_rank", required("attention.q_lora_rank"));
    }
    config.put("kv_lora_rank", required("attention.kv_lora_rank"));
    // The layout since April 2025 describes attention over the latent and adds the true lengths.
    String suffix = metadata.contains(key("attention.key_length_mla")) ? "_mla" : "";
    int rope = required("rope.dimension_count");
    config.put("qk_rope_head_dim", rope);
    config.put("qk_nope_head_dim", difference("attention.key_length" + suffix, rope));
    config.put("v_head_dim", required("attention.value_length" + suffix));
    config.put("rope_interleave", true);
  }

  private int gating() {
    return count("expert_gating_func").orElse(GATING_SOFTMAX);
  }

  private void readExperts() {
    int gating = gating();
    if (gating != GATING_SOFTMAX && gating != GATING_SIGMOID) {
      throw fault(key("expert_gating_func"), "expected 1 or 2, found " + gating);
    }
    boolean sigmoid = gating == GATING_SIGMOID;
    int experts = required("expert_count");
    boolean large = sigmoid && experts == 256;
    int groups = count("expert_group_count").orElse(large ? 8 : 1);
    config.put("n_routed_experts", experts);
    config.put("num_experts_per_tok", required("expert_used_count"));
    config.put("n_shared_experts", count("expert_shared_count").orElse(0));
    config.put("moe_intermediate_size", required("expert_feed_forward_length"));
    config.put("first_k_dense_replace", count("leading_dense_block_count").orElse(0));
    config.put("moe_layer_freq", 1);
    config.put("n_group", groups);
    config.put("topk_group", count("expert_group_used_count").orElse(large ? 4 : 1));
    config.put("routed_scaling_factor", number("expert_weights_scale").orElse(1.0));
    config.put("norm_topk_prob", metadata.flag(key("expert_weights_norm")).orElse(false));
    config.put("scoring_func", sigmoid ? "sigmoid" : "softmax");
    config.put(
        "topk_method", sigmoid ? "noaux_tc" : groups > 1 ? "group_limited_greedy" : "greedy");
  }

  private void readRopeScaling() {
    TensorEntry divisors = file.tensors().get("rope_freqs.weight");
    String type = metadata.text(key("rope.scaling.type")).orElse("none");
    if (divisors != null) {
      readRopeDivisors(divisors);
    } else if (!type.equals("none")) {
      ObjectNode scaling = config.putObject("rope_scaling");
      scaling.put("type", type);
      scaling.put("rope_type", type);
      number("rope.scaling.factor").ifPresent(factor -> scaling.put("factor", factor));
      count("rope.scaling.original_context_length")
          .ifPresent(length -> scaling.put("original_max_position_embeddings", length));
      if (type.equals("yarn")) {
        readYarn(scaling);
      }
    }
  }

  private void readYarn(ObjectNode scaling) {
    scaling.put("beta_fast", number("rope.scaling.yarn_beta_fast").orElse(32.0));
    scaling.put("beta_slow", number("rope.scaling.yarn_beta_slow").orElse(1.0));
    number("rope.scaling.yarn_attn_factor").ifPresent(factor -> scaling.put("attn_factor", factor));
    number("rope.scaling.yarn_log_multiplier")
        .ifPresent(
            multiplier -> {
              // Stored is 0.1 * mscale_all_dim in float32; seven digits bring the original back.
              double mscale = (float) (Math.round(multiplier * 1e8) / 1e7);
              scaling.put("mscale", shortest(mscale));
              scaling.put("mscale_all_dim", shortest(mscale));
            });
  }

  private void readRopeDivisors(TensorEntry tensor) {
    Shape shape = tensor.shape();
    if (tensor.type() != DType.F32 || shape.rank() != 1 || shape.dim(0) > 4096) {
      throw fault(tensor.name(), "expected a row of F32 divisors, found " + tensor);
    }
    RopeDivisors divisors = RopeDivisors.read(tensor, config.get("rope_theta").doubleValue());
    if (!divisors.arePositive()) {
      throw fault(tensor.name(), "expected finite divisors above 0");
    }
    config.set("rope_scaling", divisors.toScaling());
  }

  private String key(String name) {
    return architecture + "." + name;
  }

  private OptionalInt count(String name) {
    return metadata.count(key(name));
  }

  private int required(String name) {
    return count(name).orElseThrow(() -> fault(key(name), "expected this key, found none"));
  }

  private int difference(String name, int part) {
    int whole = required(name);
    if (whole < part) {
      throw fault(key(name), "expected at least %d, found %d".formatted(part, whole));
    }
    return whole - part;
  }

  /// A real number, float32 ones as the shortest decimal that means them: 1e-6, not 9.99999997e-7.
  private Optional<Double> number(String name) {
    var number = metadata.number(key(name));
    return number.isPresent() ? Optional.of(shortest(number.getAsDouble())) : Optional.empty();
  }

  private static double shortest(double value) {
    return (float) value == value ? Double.parseDouble(Float.toString((float) value)) : value;
  }

  private MalformedCheckpointException fault(String key, String reason) {
    return MalformedCheckpointException.in(file.path(), key, reason);
  }
}
