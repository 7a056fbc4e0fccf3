package fathom.tensor.x86;

/// What may be rounded to BF16 where AVX-512 or AMX makes that many times faster. Products of many
/// tokens with weights of other formats than float32 always are: their numbers are rounded already.
public enum Precision {
  /// Nothing that is float32: for models in float32.
  FLOAT32,
  /// Attention, not the products with float32 weights (routers): for using models in other formats.
  MIXED,
  /// Both factors of every product, sums staying float32: for training.
  BFLOAT16
}
