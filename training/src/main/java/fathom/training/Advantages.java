package fathom.training;

/// Group-relative advantages: `A_i = (r_i - mean r) / std r` over the answers to one task
/// (DeepSeekMath, arXiv 2402.03300; R1). The mean of the group stands in for a critic.
final class Advantages {
  private Advantages() {}

  /// The advantages of a group.
  ///
  /// @param standardise whether to divide by the standard deviation; without that, tasks that are
  ///   almost always or almost never solved do not weigh more than others (Dr. GRPO)
  /// @return empty if all rewards are the same: such a group says nothing
  static float[] of(double[] rewards, boolean standardise) {
    double mean = 0;
    for (double reward : rewards) {
      mean += reward / rewards.length;
    }
    double variance = 0;
    boolean same = true;
    for (double reward : rewards) {
      variance += (reward - mean) * (reward - mean) / rewards.length;
      same &= reward == rewards[0];
    }
    if (same) {
      return new float[0];
    }
    double scale = standardise ? 1 / Math.sqrt(variance) : 1;
    float[] advantages = new float[rewards.length];
    for (int i = 0; i < rewards.length; i++) {
      advantages[i] = (float) ((rewards[i] - mean) * scale);
    }
    return advantages;
  }
}
