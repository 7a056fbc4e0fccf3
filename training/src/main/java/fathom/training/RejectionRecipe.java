package fathom.training;

import fathom.training.GrpoRecipe.RolloutRecipe;
import fathom.training.GrpoRecipe.TaskRecipe;
import tools.jackson.databind.node.ObjectNode;

/// How a teacher's answers are collected.
///
/// @param seed of the order of the tasks and of the sampling
/// @param count tasks that are put
/// @param keep right answers to a task that are kept, at most
/// @param lenient whether a right answer may stand anywhere, in any form
/// @param tasks which tasks
/// @param rollout how answers are sampled; its group size is the number of answers to a task
public record RejectionRecipe(
    long seed, int count, int keep, boolean lenient, TaskRecipe tasks, RolloutRecipe rollout) {
  /// Checks the ranges.
  public RejectionRecipe {
    if (count < 1 || keep < 1) {
      throw new RecipeException(
          "rejection", "expected a positive count and keep", count + ", " + keep);
    }
  }

  /// A thousand tasks, four answers each, of which one is kept.
  public static RejectionRecipe defaults() {
    GrpoRecipe like = GrpoRecipe.defaults();
    return new RejectionRecipe(
        1337, 1000, 1, false, like.tasks(), new RolloutRecipe(32, 4, 512, 512, 1, 128));
  }

  /// A recipe of these keys, everything else as in [#defaults()].
  ///
  /// @param file named in messages
  /// @throws RecipeException if a key is unknown or its value makes no sense
  public static RejectionRecipe of(ObjectNode given, String file) {
    return RecipeJson.of(RejectionRecipe.class, defaults(), given, file);
  }
}
