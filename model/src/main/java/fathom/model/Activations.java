package fathom.model;

/// What becomes of a layer's activations between its forward and its backward.
public enum Activations {
  /// They stay as they are.
  KEPT,
  /// They are stored in FP8, what attention and norms read in BF16, and decoded for backward: a
  /// fraction of the memory, at the price of the rounding (DeepSeek-V3 report, section 3.3.3).
  FP8,
  /// They are forgotten and computed again (arXiv 1604.06174): the memory of one layer in place of
  /// all, for a third more arithmetic.
  RECOMPUTED
}
