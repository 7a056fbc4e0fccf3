package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

/// Multi-head latent attention (DeepSeek-V2 report, section 2.1).
///
/// @param heads `num_attention_heads`
/// @param qLoraRank width of the compressed query, 0 if queries are not compressed (`q_lora_rank`)
/// @param kvLoraRank width of the latent that keys and values are made from (`kv_lora_rank`)
/// @param qkNopeHeadDim columns of a head's query and key without position (`qk_nope_head_dim`)
/// @param qkRopeHeadDim columns with position; the key's are shared by all heads
///   (`qk_rope_head_dim`)
/// @param vHeadDim columns of a head's value (`v_head_dim`)
/// @param rope rotary embedding of the columns with position
public record LatentAttentionConfig(
    int heads,
    int qLoraRank,
    int kvLoraRank,
    int qkNopeHeadDim,
    int qkRopeHeadDim,
    int vHeadDim,
    RopeConfig rope)
    implements AttentionConfig {
  public LatentAttentionConfig {
    requirePositive("num_attention_heads", heads);
    require(
        qLoraRank >= 0, "q_lora_rank", "expected null or a positive number, found %d", qLoraRank);
    requirePositive("kv_lora_rank", kvLoraRank);
    requirePositive("qk_nope_head_dim", qkNopeHeadDim);
    requirePositive("qk_rope_head_dim", qkRopeHeadDim);
    require(
        qkRopeHeadDim % 2 == 0,
        "qk_rope_head_dim",
        "expected an even number, found %d",
        qkRopeHeadDim);
    requirePositive("v_head_dim", vHeadDim);
    rope.requireDim(qkRopeHeadDim);
  }

  /// Columns of a head's query and key.
  public int qkHeadDim() {
    return qkNopeHeadDim + qkRopeHeadDim;
  }

  @Override
  public int ropeDim() {
    return qkRopeHeadDim;
  }

  /// The latent after its norm and the rotary key after RoPE.
  @Override
  public int cacheRowWidth() {
    return kvLoraRank + qkRopeHeadDim;
  }

  /// Factor on the scores: `(nope + rope)^-0.5`, times YaRN's.
  public float scoreScale() {
    double yarn = rope.scaling() instanceof RopeScaling.Yarn scaling ? scaling.scoreFactor() : 1;
    return (float) (yarn / Math.sqrt(qkHeadDim()));
  }
}
