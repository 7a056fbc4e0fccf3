package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

/// Grouped-query attention: several query heads read one key/value head.
///
/// @param heads query heads (`num_attention_heads`)
/// @param keyValueHeads key/value heads (`num_key_value_heads`)
/// @param headDim columns of a head (`head_dim`, or `hidden_size / num_attention_heads`)
/// @param biases which projections have a bias
/// @param headNorms whether queries and keys are normed head by head before RoPE (Qwen 3)
/// @param rope rotary embedding of whole heads
public record GroupedAttentionConfig(
    int heads, int keyValueHeads, int headDim, Biases biases, boolean headNorms, RopeConfig rope)
    implements AttentionConfig {
  /// Which projections have a bias.
  public enum Biases {
    /// None of them.
    NONE,
    /// Query, key and value (Qwen 2).
    QUERY_KEY_VALUE,
    /// The output as well (`attention_bias`).
    ALL
  }

  public GroupedAttentionConfig {
    requirePositive("num_attention_heads", heads);
    requirePositive("num_key_value_heads", keyValueHeads);
    require(
        heads % keyValueHeads == 0,
        "num_attention_heads",
        "expected a multiple of num_key_value_heads %d, found %d",
        keyValueHeads,
        heads);
    requirePositive("head_dim", headDim);
    require(headDim % 2 == 0, "head_dim", "expected an even number, found %d", headDim);
    rope.requireDim(headDim);
  }

  @Override
  public int ropeDim() {
    return headDim;
  }

  /// All keys, then all values.
  @Override
  public int cacheRowWidth() {
    return 2 * keyValueHeads * headDim;
  }
}
