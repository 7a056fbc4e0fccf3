package fathom.tensor;

/// Gated feed-forward layers as one operation, for training: what is made on the way stays in the
/// caches, a few rows at a time, and only what backward needs is written to memory.
public interface GatedKernels {
  /// Whether these layers' matrices can be worked with.
  boolean serves(GatedLayers layers);

  /// For each row r of group g: `y_r = down_g(silu(gate_g x) · up_g x)`, x its source's row.
  void forward(GatedLayers layers, GatedRows rows, GatedValues values);

  /// The gradients of that; `values` are what forward was given, but y.
  void backward(GatedLayers layers, GatedRows rows, GatedValues values, GatedGradients gradients);
}
