package fathom.model;

/// What a training pass adds to the cross-entropy, and how it keeps its memory small.
///
/// @param draftLossWeight λ on the multi-token-prediction loss (V3: 0.3, later 0.1); 0 leaves the
///   modules out
/// @param balanceLossFactor α of the sequence-wise balance loss (V3: 1e-4)
/// @param zLossFactor factor on the mean square of the logarithm of the softmax's denominator,
///   which keeps logits from drifting (PaLM: 1e-4); 0 for none
/// @param activations what becomes of a layer's activations until backward needs them
public record TrainingOptions(
    float draftLossWeight, float balanceLossFactor, float zLossFactor, Activations activations) {
  /// Cross-entropy alone.
  public static TrainingOptions plain() {
    return new TrainingOptions(0, 0, 0, Activations.KEPT);
  }

  /// What V3 was pre-trained with at the start: λ = 0.3 and α = 0.0001.
  public static TrainingOptions deepSeekV3() {
    return new TrainingOptions(0.3f, 1e-4f, 0, Activations.KEPT);
  }

  /// The same with other care for activations.
  public TrainingOptions with(Activations newActivations) {
    return new TrainingOptions(draftLossWeight, balanceLossFactor, zLossFactor, newActivations);
  }
}
