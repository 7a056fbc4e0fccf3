package fathom.training;

import fathom.evaluation.ExactChecker;
import fathom.evaluation.Task;

/// Answers made by hand.
final class Rollouts {
  static final String WELL_FORMED = "one and two\n</think>\n\nThe answer is 3.";

  private Rollouts() {}

  static Task task(String family) {
    return new Task(family + "-1", "1 + 2?", "3", new ExactChecker(), family, 1, "test");
  }

  /// An answer of these tokens, after a prompt of others.
  static Rollout of(int[] prompt, int[] completion) {
    return new Rollout(
        new RolloutPrompt(task("toy"), prompt, true), completion, new float[0], "", "stop");
  }

  /// An answer of this text, after a prompt that ends inside of the thinking block.
  static Rollout saying(String text, String finishReason) {
    return new Rollout(
        new RolloutPrompt(task("toy"), new int[] {1, 2}, true),
        new int[] {3, 4, 5},
        new float[] {-1, -2, -3},
        text,
        finishReason);
  }

  static Rollout saying(String text) {
    return saying(text, "stop");
  }
}
