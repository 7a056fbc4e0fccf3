package fathom.training;

/// The learning rate of each step: rises evenly from zero, stays, falls, stays low (DeepSeek-V3
/// report, section 4.2: 2,000 steps up to 2.2e-4, constant for two thirds, cosine down to a tenth).
///
/// @param peak the highest rate
/// @param last the rate after the decay
/// @param warmupSteps steps of the rise
/// @param decayStart first step of the decay
/// @param decayEnd first step after it
/// @param decay the form of the decay
public record LearningRateSchedule(
    float peak, float last, int warmupSteps, int decayStart, int decayEnd, Decay decay) {
  /// How the rate falls.
  public enum Decay {
    /// Not at all.
    CONSTANT,
    /// Along a straight line.
    LINEAR,
    /// Along half a wave of the cosine.
    COSINE
  }

  /// Checks the order of the stages.
  public LearningRateSchedule {
    if (!(peak >= 0) || !(last >= 0)) {
      throw new RecipeException("schedule", "expected learning rates >= 0", peak + ", " + last);
    }
    if (warmupSteps < 0 || decayStart < warmupSteps || decayEnd < decayStart) {
      throw new RecipeException(
          "schedule",
          "expected warm-up, begin and end of the decay in this order",
          "%d, %d, %d".formatted(warmupSteps, decayStart, decayEnd));
    }
  }

  /// The rate of a step, counted from 0.
  public float at(int step) {
    if (step < warmupSteps) {
      return (float) ((double) peak * (step + 1) / warmupSteps);
    }
    if (decay == Decay.CONSTANT || step < decayStart) {
      return peak;
    }
    if (step >= decayEnd) {
      return last;
    }
    double done = (step + 1.0 - decayStart) / (decayEnd - decayStart);
    double left = decay == Decay.LINEAR ? 1 - done : 0.5 * (1 + Math.cos(Math.PI * done));
    return (float) (last + (peak - (double) last) * left);
  }
}
