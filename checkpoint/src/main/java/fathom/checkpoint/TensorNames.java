package fathom.checkpoint;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The names of tensors in Hugging Face checkpoints and in GGUF files, in both directions. One
/// table serves `deepseek2`, `qwen2`, `qwen3` and `llama`, since no name means two things.
///
/// GGUF stacks the experts of a layer in one tensor `[experts, rows, columns]`, and has kv_b either
/// whole or as two tensors, for which Hugging Face has no names; here they are
/// `self_attn.k_b_proj.weight` `[heads, kv_lora_rank, qk_nope_head_dim]` (transposed) and
/// `self_attn.v_b_proj.weight` `[heads, v_head_dim, kv_lora_rank]`.
public final class TensorNames {
  private static final Map<String, String> MODEL =
      Map.of(
          "model.embed_tokens", "token_embd",
          "model.norm", "output_norm",
          "lm_head", "output");

  private static final Map<String, String> LAYER =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("self_attn.q_a_proj", "attn_q_a"),
          Map.entry("self_attn.q_a_layernorm", "attn_q_a_norm"),
          Map.entry("self_attn.q_b_proj", "attn_q_b"),
          Map.entry("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"),
          Map.entry("self_attn.kv_a_layernorm", "attn_kv_a_norm"),
          Map.entry("self_attn.kv_b_proj", "attn_kv_b"),
          Map.entry("self_attn.k_b_proj", "attn_k_b"),
          Map.entry("self_attn.v_b_proj", "attn_v_b"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("mlp.gate", "ffn_gate_inp"),
          Map.entry("mlp.shared_experts.gate_proj", "ffn_gate_shexp"),
          Map.entry("mlp.shared_experts.up_proj", "ffn_up_shexp"),
          Map.entry("mlp.shared_experts.down_proj", "ffn_down_shexp"),
          Map.entry("eh_proj", "nextn.eh_proj"),
          Map.entry("embed_tokens", "nextn.embed_tokens"),
          Map.entry("enorm", "nextn.enorm"),
          Map.entry("hnorm", "nextn.hnorm"),
          Map.entry("shared_head.head", "nextn.shared_head_head"),
          Map.entry("shared_head.norm", "nextn.shared_head_norm"));

  private static final Map<String, String> MODEL_BACK = inverse(MODEL);
  private static final Map<String, String> LAYER_BACK = inverse(LAYER);

  private static final String BIAS = "mlp.gate.e_score_correction_bias";
  private static final String GGUF_BIAS = "exp_probs_b.bias";

  private static final Pattern HUGGING_FACE =
      Pattern.compile("model\\.layers\\.(0|[1-9]\\d{0,5})\\.(.+)");
  private static final Pattern GGUF = Pattern.compile("blk\\.(0|[1-9]\\d{0,5})\\.(.+)");
  private static final Pattern EXPERT =
      Pattern.compile("mlp\\.experts\\.(0|[1-9]\\d{0,5})\\.(gate|up|down)_proj\\.weight");
  private static final Pattern GGUF_EXPERTS = Pattern.compile("ffn_(gate|up|down)_exps\\.weight");
  private static final Pattern PARAMETER = Pattern.compile("(.+)\\.(weight|bias)");

  private TensorNames() {}

  /// A tensor of a GGUF file, or one expert of it.
  ///
  /// @param expert index of the expert in a stack; -1 for the whole tensor
  public record GgufName(String tensor, int expert) {}

  /// The GGUF tensor that holds what Hugging Face calls `name`; empty if GGUF has none.
  public static Optional<GgufName> toGguf(String name) {
    Matcher layer = HUGGING_FACE.matcher(name);
    if (!layer.matches()) {
      return parameter(name, MODEL).map(tensor -> new GgufName(tensor, -1));
    }
    String block = "blk." + layer.group(1) + ".";
    String rest = layer.group(2);
    if (rest.equals(BIAS)) {
      return Optional.of(new GgufName(block + GGUF_BIAS, -1));
    }
    Matcher expert = EXPERT.matcher(rest);
    if (expert.matches()) {
      String stack = "%sffn_%s_exps.weight".formatted(block, expert.group(2));
      return Optional.of(new GgufName(stack, Integer.parseInt(expert.group(1))));
    }
    return parameter(rest, LAYER).map(tensor -> new GgufName(block + tensor, -1));
  }

  /// What Hugging Face calls a GGUF tensor; empty for tensors that it has none for, such as
  /// `rope_freqs.weight`, and for stacks of experts, see [#expert].
  public static Optional<String> toHuggingFace(String name) {
    Matcher block = GGUF.matcher(name);
    if (!block.matches()) {
      return parameter(name, MODEL_BACK);
    }
    String layer = "model.layers." + block.group(1) + ".";
    if (block.group(2).equals(GGUF_BIAS)) {
      return Optional.of(layer + BIAS);
    }
    return parameter(block.group(2), LAYER_BACK).map(rest -> layer + rest);
  }

  /// What Hugging Face calls one expert of a stack; empty if the tensor is no stack of experts.
  public static Optional<String> expert(String name, int expert) {
    Matcher block = GGUF.matcher(name);
    if (!block.matches()) {
      return Optional.empty();
    }
    Matcher stack = GGUF_EXPERTS.matcher(block.group(2));
    return stack.matches()
        ? Optional.of(
            "model.layers.%s.mlp.experts.%d.%s_proj.weight"
                .formatted(block.group(1), expert, stack.group(1)))
        : Optional.empty();
  }

  /// The layer that a name of either kind belongs to; -1 if it belongs to none.
  public static int layer(String name) {
    for (Pattern pattern : new Pattern[] {HUGGING_FACE, GGUF}) {
      Matcher matcher = pattern.matcher(name);
      if (matcher.matches()) {
        return Integer.parseInt(matcher.group(1));
      }
    }
    return -1;
  }

  private static Optional<String> parameter(String name, Map<String, String> table) {
    Matcher parts = PARAMETER.matcher(name);
    return parts.matches() && table.containsKey(parts.group(1))
        ? Optional.of(table.get(parts.group(1)) + "." + parts.group(2))
        : Optional.empty();
  }

  private static Map<String, String> inverse(Map<String, String> table) {
    return table.keySet().stream()
        .collect(Collectors.toUnmodifiableMap(table::get, Function.identity()));
  }
}
