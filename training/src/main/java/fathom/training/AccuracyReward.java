package fathom.training;

/// 1 for a right answer, as the task's own checker sees it, and 0 for a wrong one.
///
/// R1 was rewarded for answers in a given form only, so that the rule can check them; so is the
/// strict accuracy. The lenient one takes a right answer wherever it is found, which a model can
/// exploit by writing many numbers.
public final class AccuracyReward implements RewardFunction {
  private final boolean lenient;

  /// @param lenient whether the form of the answer does not matter
  public AccuracyReward(boolean lenient) {
    this.lenient = lenient;
  }

  @Override
  public String name() {
    return lenient ? "lenient" : "accuracy";
  }

  @Override
  public double reward(Rollout rollout) {
    boolean right = lenient ? rollout.score().lenient() : rollout.score().strict();
    return right ? 1 : 0;
  }
}
