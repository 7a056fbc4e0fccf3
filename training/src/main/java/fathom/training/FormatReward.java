package fathom.training;

import fathom.evaluation.AnswerExtraction;
import fathom.evaluation.Response;

/// 1 for an answer of the right form, whatever it says: it ended by itself, the thinking block was
/// opened and closed once and came first with something in it, and the answer after it stands where
/// an answer belongs.
public final class FormatReward implements RewardFunction {
  /// Creates the function.
  public FormatReward() {}

  @Override
  public String name() {
    return "format";
  }

  @Override
  public double reward(Rollout rollout) {
    Response response = rollout.response();
    boolean formed = response.complete() && !response.reasoning().isBlank();
    return formed && AnswerExtraction.marked(response.content()).isPresent() ? 1 : 0;
  }
}
