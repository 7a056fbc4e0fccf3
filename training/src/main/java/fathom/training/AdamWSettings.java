package fathom.training;

/// What AdamW is run with; V3's values are [#deepSeekV3()].
///
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay pull towards zero, times the learning rate
/// @param decayVectors whether norms and biases decay too, as PyTorch does unless told otherwise
public record AdamWSettings(
    float beta1, float beta2, float epsilon, float weightDecay, boolean decayVectors) {
  /// Checks the ranges.
  public AdamWSettings {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new RecipeException("optimizer", "expected betas within [0, 1)", beta1 + ", " + beta2);
    }
    if (!(epsilon > 0) || !(weightDecay >= 0)) {
      throw new RecipeException(
          "optimizer",
          "expected a positive epsilon and a weight_decay of at least 0",
          epsilon + ", " + weightDecay);
    }
  }

  /// 0.9, 0.95 and 0.1 on matrices.
  public static AdamWSettings deepSeekV3() {
    return new AdamWSettings(0.9f, 0.95f, 1e-8f, 0.1f, false);
  }
}
