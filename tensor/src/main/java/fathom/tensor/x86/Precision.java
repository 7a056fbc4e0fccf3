package fathom.tensor.x86;

/// What may be rounded to BF16 where AVX-512 or AMX makes that many times faster. Products of many
/// tokens with weights in formats of blocks always are: their numbers are rounded already.
public enum Precision {
  /// Nothing else: for models in float32, and small ones in other formats without blocks.
  FLOAT32,
  /// Attention and products of many tokens, but not those with float32 weights (routers): for using
  /// models in other formats.
  MIXED,
  /// Both factors of every product, sums staying float32: for training.
  BFLOAT16
}
