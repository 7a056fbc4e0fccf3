package fathom.model;

import fathom.model.GroupedAttentionConfig.Biases;
import java.util.List;
import java.util.Optional;

/// From the keys of `config.json` to the records. Keys that Fathom has no use for are ignored, as
/// every reader of these files does; keys that ask for what it cannot do are refused.
final class ConfigReader {
  private final ConfigTree tree;

  ConfigReader(ConfigTree tree) {
    this.tree = tree;
  }

  ModelConfig read() {
    try {
      return readChecked();
    } catch (InvalidConfigException e) {
      String message = String.valueOf(e.getMessage());
      throw tree.fault(e.key(), message.substring(e.key().length() + 2));
    }
  }

  private ModelConfig readChecked() {
    Architecture architecture = architecture();
    refuseOtherVariants();
    return new ModelConfig(
        architecture,
        tree.integer("vocab_size"),
        tree.integer("hidden_size"),
        tree.integer("num_hidden_layers"),
        tree.integer("max_position_embeddings"),
        architecture.isDeepSeek() ? latentAttention() : groupedAttention(architecture),
        feedForward(architecture),
        weights());
  }

  private Architecture architecture() {
    String type = tree.text("model_type", "");
    return Architecture.ofModelType(type)
        .orElseThrow(
            () ->
                tree.fault(
                    "model_type",
                    "expected deepseek_v2, deepseek_v3, qwen2, qwen3 or llama, found "
                        + (type.isEmpty() ? "nothing" : type)));
  }

  private void refuseOtherVariants() {
    String activation = tree.text("hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw tree.fault("hidden_act", "expected silu, found " + activation);
    }
    if (tree.flag("use_sliding_window", false)) {
      throw tree.fault("use_sliding_window", "expected false, found true");
    }
    if (tree.flag("mlp_bias", false)) {
      throw tree.fault("mlp_bias", "expected false, found true");
    }
    if (tree.integer("moe_layer_freq", 1) != 1) {
      throw tree.fault("moe_layer_freq", "expected 1, found " + tree.integer("moe_layer_freq"));
    }
  }

  private LatentAttentionConfig latentAttention() {
    if (tree.flag("attention_bias", false)) {
      throw tree.fault("attention_bias", "expected false with latent attention, found true");
    }
    int heads = tree.integer("num_attention_heads");
    int keyValueHeads = tree.integer("num_key_value_heads", heads);
    if (keyValueHeads != heads) {
      throw tree.fault(
          "num_key_value_heads",
          "expected num_attention_heads %d with latent attention, found %d"
              .formatted(heads, keyValueHeads));
    }
    return new LatentAttentionConfig(
        heads,
        tree.integer("q_lora_rank", 0),
        tree.integer("kv_lora_rank"),
        tree.integer("qk_nope_head_dim"),
        tree.integer("qk_rope_head_dim"),
        tree.integer("v_head_dim"),
        rope(true));
  }

  private GroupedAttentionConfig groupedAttention(Architecture architecture) {
    int heads = tree.integer("num_attention_heads");
    int hidden = tree.integer("hidden_size");
    if (!tree.has("head_dim") && (heads <= 0 || hidden % heads != 0)) {
      throw tree.fault(
          "hidden_size",
          "expected a multiple of num_attention_heads %d, found %d".formatted(heads, hidden));
    }
    Biases biases = tree.flag("attention_bias", false) ? Biases.ALL : Biases.NONE;
    return new GroupedAttentionConfig(
        heads,
        tree.integer("num_key_value_heads", heads),
        tree.has("head_dim") ? tree.integer("head_dim") : hidden / heads,
        architecture == Architecture.QWEN2 ? Biases.QUERY_KEY_VALUE : biases,
        architecture == Architecture.QWEN3,
        rope(false));
  }

  /// `rope_theta` and `rope_scaling`, or both in `rope_parameters` (transformers 5).
  private RopeConfig rope(boolean interleaved) {
    Optional<ConfigTree> parameters = tree.object("rope_parameters");
    double theta = tree.number("rope_theta", 10_000);
    if (parameters.isPresent()) {
      theta = parameters.get().number("rope_theta", theta);
    }
    return new RopeConfig(
        theta,
        parameters
            .or(() -> tree.object("rope_scaling"))
            .map(this::scaling)
            .orElse(new RopeScaling.None()),
        tree.flag("rope_interleave", interleaved));
  }

  private RopeScaling scaling(ConfigTree scaling) {
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(scaling.number("factor"));
      case "llama3" ->
          new RopeScaling.Llama3(
              scaling.number("factor"),
              scaling.number("low_freq_factor"),
              scaling.number("high_freq_factor"),
              scaling.integer("original_max_position_embeddings"));
      case "yarn" ->
          new RopeScaling.Yarn(
              scaling.number("factor"),
              scaling.integer(
                  "original_max_position_embeddings", tree.integer("max_position_embeddings")),
              scaling.number("beta_fast", 32),
              scaling.number("beta_slow", 1),
              scaling.number("mscale", 0),
              scaling.number("mscale_all_dim", 0),
              scaling.number("attention_factor", 0),
              scaling.number("attn_factor", 0));
      case "longrope" -> divisors(scaling);
      default ->
          throw scaling.fault("type", "expected yarn, llama3, linear or default, found " + type);
    };
  }

  /// Only the case that a GGUF file's list of divisors is translated to: one list for all lengths.
  private static RopeScaling divisors(ConfigTree scaling) {
    List<Double> divisors = scaling.numbers("long_factor");
    if (!divisors.equals(scaling.numbers("short_factor"))
        || scaling.number("attention_factor", 0) != 1) {
      throw scaling.fault(
          "type", "expected longrope with one list of factors and attention_factor 1, found two");
    }
    return new RopeScaling.Divisors(divisors);
  }

  private FeedForwardConfig feedForward(Architecture architecture) {
    int width = tree.integer("intermediate_size");
    if (!architecture.isDeepSeek() || !tree.has("n_routed_experts")) {
      return FeedForwardConfig.dense(width);
    }
    MoeConfig experts =
        new MoeConfig(
            tree.integer("moe_intermediate_size"),
            tree.integer("n_shared_experts", 0),
            router(architecture));
    return new FeedForwardConfig(
        width, tree.integer("first_k_dense_replace", 0), Optional.of(experts));
  }

  private RouterConfig router(Architecture architecture) {
    boolean v3 = architecture == Architecture.DEEPSEEK_V3;
    String scoring = tree.text("scoring_func", v3 ? "sigmoid" : "softmax");
    if (!scoring.equals("sigmoid") && !scoring.equals("softmax")) {
      throw tree.fault("scoring_func", "expected sigmoid or softmax, found " + scoring);
    }
    boolean sigmoid = scoring.equals("sigmoid");
    int experts = tree.integer("n_routed_experts");
    // Conversions to GGUF made in early 2025 do not say how the 256 experts of V3 and R1 are
    // grouped.
    boolean unsaid = sigmoid && experts == 256;
    int groups = tree.integer("n_group", unsaid ? 8 : 1);
    return new RouterConfig(
        experts,
        tree.integer("num_experts_per_tok"),
        groups,
        tree.integer("topk_group", unsaid ? 4 : groups),
        sigmoid ? RouterConfig.Scoring.SIGMOID : RouterConfig.Scoring.SOFTMAX,
        method(sigmoid, groups),
        tree.flag("norm_topk_prob", v3),
        (float) tree.number("routed_scaling_factor", 1));
  }

  private RouterConfig.Method method(boolean sigmoid, int groups) {
    String grouped = groups > 1 ? "group_limited_greedy" : "greedy";
    String method = tree.text("topk_method", sigmoid ? "noaux_tc" : grouped);
    return switch (method) {
      case "greedy" -> RouterConfig.Method.GREEDY;
      case "group_limited_greedy" -> RouterConfig.Method.GROUP_LIMITED_GREEDY;
      case "noaux_tc" -> RouterConfig.Method.NOAUX_TC;
      default ->
          throw tree.fault(
              "topk_method", "expected greedy, group_limited_greedy or noaux_tc, found " + method);
    };
  }

  private WeightsConfig weights() {
    return new WeightsConfig(
        (float) tree.number("rms_norm_eps", 1e-6),
        (float) tree.number("initializer_range", 0.02),
        tree.flag("tie_word_embeddings", false),
        tree.integer("num_nextn_predict_layers", 0),
        tree.object("quantization_config").map(ConfigReader::quantization));
  }

  private static QuantizationConfig quantization(ConfigTree tree) {
    boolean blocks = tree.has("weight_block_size");
    return new QuantizationConfig(
        tree.text("quant_method", ""),
        tree.text("fmt", "e4m3"),
        blocks ? tree.element("weight_block_size", 0) : 128,
        blocks ? tree.element("weight_block_size", 1) : 128);
  }
}
