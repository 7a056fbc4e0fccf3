package fathom.model;

/// What attention looks like: latent (DeepSeek) or grouped-query (Qwen, Llama).
public sealed interface AttentionConfig permits LatentAttentionConfig, GroupedAttentionConfig {
  /// Query heads (`num_attention_heads`).
  int heads();

  /// Rotary embedding of queries and keys.
  RopeConfig rope();

  /// Columns of one head that are rotated.
  int ropeDim();

  /// Numbers that the cache keeps for one token and layer.
  int cacheRowWidth();
}
