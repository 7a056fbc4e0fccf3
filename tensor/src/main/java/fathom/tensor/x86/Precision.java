package fathom.tensor.x86;

/// How products with float32 weights are computed. Weights of other formats don't ask: their
/// numbers are rounded already.
public enum Precision {
  /// In float32, as the reference.
  FLOAT32,
  /// Both factors rounded to BF16, sums in float32: for training, where AMX is many times faster.
  BFLOAT16
}
