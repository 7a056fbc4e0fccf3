package fathom.model;

import fathom.tensor.DType;
import java.util.Objects;

/// What the cache keeps for one token, and how a block of tokens lies in memory.
///
/// A block holds [#BLOCK_TOKENS] consecutive tokens of one sequence for all layers: first the rows
/// of layer 0, then those of layer 1, and so on. A row is, for multi-head latent attention, the
/// latent after its norm and the rotary key after RoPE (`kv_lora_rank + qk_rope_head_dim` numbers);
/// for grouped-query attention all keys and then all values.
///
/// @param layers decoder layers that keep something, a multi-token-prediction layer included
/// @param rowWidth numbers of one token and layer
/// @param type format of the numbers: F32, F16 or BF16
public record CacheLayout(int layers, int rowWidth, DType type) {
  /// Tokens in one block.
  public static final int BLOCK_TOKENS = 64;

  /// Bytes of one token and layer.
  public long rowBytes() {
    return type.bytes(rowWidth);
  }

  /// Bytes of one token in all layers.
  public long tokenBytes() {
    return rowBytes() * layers;
  }

  /// Bytes of one block.
  public long blockBytes() {
    return tokenBytes() * BLOCK_TOKENS;
  }

  /// Offset of a layer's first row within a block.
  public long layerOffset(int layer) {
    return layer * rowBytes() * BLOCK_TOKENS;
  }

  /// Blocks that `tokens` tokens need.
  public int blocks(int tokens) {
    return (tokens + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
  }

  // Written out: a record's own methods are linked when first called, and every start would wait.

  @Override
  public boolean equals(Object other) {
    return other instanceof CacheLayout layout
        && layers == layout.layers
        && rowWidth == layout.rowWidth
        && type == layout.type;
  }

  @Override
  public int hashCode() {
    return Objects.hash(layers, rowWidth, type);
  }

  @Override
  public String toString() {
    return "CacheLayout[layers=" + layers + ", rowWidth=" + rowWidth + ", type=" + type + "]";
  }
}
