package fathom.training;

import fathom.training.TrainingRecipe.OptimizerRecipe;
import fathom.training.TrainingRecipe.ScheduleRecipe;
import tools.jackson.databind.node.ObjectNode;

/// Everything about a run of reinforcement learning but the model and the tasks' source. Written as
/// [TrainingRecipe] is (`docs/reasoning.md`).
///
/// @param steps roll-outs, each followed by updates
/// @param seed of the order of the tasks and of the sampling
/// @param tasks which tasks, how they are put, and what is rewarded
/// @param rollout how answers are sampled
/// @param objective what the weights are moved by
/// @param optimizer AdamW and clipping
/// @param schedule learning rate
/// @param keeping how often is validated, kept
public record GrpoRecipe(
    int steps,
    long seed,
    TaskRecipe tasks,
    RolloutRecipe rollout,
    ObjectiveRecipe objective,
    OptimizerRecipe optimizer,
    ScheduleRecipe schedule,
    RlKeepingRecipe keeping) {
  /// Checks the number of steps.
  public GrpoRecipe {
    require(steps >= 1, "steps", "expected at least 1", steps);
  }

  private static void require(boolean condition, String key, String expected, Object found) {
    if (!condition) {
      throw new RecipeException(key, expected, String.valueOf(found));
    }
  }

  /// How a task becomes a prompt.
  public enum PromptStyle {
    /// The model's chat template, told to think.
    CHAT,
    /// R1-Zero's template, for base models: a plain text that asks for `<think>` and `<answer>`.
    R1_ZERO
  }

  /// How the tokens of answers are averaged.
  public enum Averaging {
    /// Within each answer first, as DeepSeekMath has it: every answer counts the same.
    ANSWER,
    /// Over all tokens at once, as DAPO has it: every token counts the same.
    TOKEN
  }

  /// Which tasks, how they are put, and what is rewarded.
  ///
  /// @param rewards reward functions with their weights, `accuracy=1,format=0.1`
  /// @param shuffleRewards whether rewards go to answers at random: a control that must not learn
  /// @param prompt how a task becomes a prompt
  /// @param easiest least difficulty of generated tasks
  /// @param hardest greatest difficulty of generated tasks
  /// @param heldOut share of a file's tasks that are not trained on; generated tasks have a split
  ///   of their own
  public record TaskRecipe(
      String rewards,
      boolean shuffleRewards,
      PromptStyle prompt,
      int easiest,
      int hardest,
      double heldOut) {
    /// Checks the ranges.
    public TaskRecipe {
      require(
          easiest >= 1 && hardest <= 5 && easiest <= hardest,
          "tasks",
          "expected difficulties within 1 to 5",
          easiest + " to " + hardest);
      require(heldOut >= 0 && heldOut < 1, "tasks.held_out", "expected a share in [0, 1)", heldOut);
    }
  }

  /// How answers are sampled.
  ///
  /// @param prompts tasks of a step
  /// @param groupSize answers to each (R1: 16)
  /// @param maxTokens longest answer
  /// @param promptTokens longest prompt
  /// @param temperature of the sampling
  /// @param concurrent answers written at the same time
  public record RolloutRecipe(
      int prompts,
      int groupSize,
      int maxTokens,
      int promptTokens,
      double temperature,
      int concurrent) {
    /// Checks the ranges.
    public RolloutRecipe {
      require(
          prompts >= 1 && groupSize >= 2,
          "rollout",
          "expected at least 1 prompt and groups of at least 2",
          prompts + ", " + groupSize);
      require(
          (long) prompts * groupSize <= 65_536,
          "rollout",
          "expected at most 65536 answers a step",
          (long) prompts * groupSize);
      require(
          maxTokens >= 1 && promptTokens >= 1 && concurrent >= 1,
          "rollout",
          "expected positive max_tokens, prompt_tokens and concurrent",
          "%d, %d, %d".formatted(maxTokens, promptTokens, concurrent));
      require(
          temperature > 0 && temperature <= 2,
          "rollout.temperature",
          "expected above 0 and up to 2",
          temperature);
    }
  }

  /// What the weights are moved by.
  ///
  /// @param epsilon the ratio is clipped to `[1 - epsilon, 1 + epsilon]` (R1's first stage: 10)
  /// @param beta weight of the divergence from the reference policy; 0 for none
  /// @param referenceEvery steps after which the reference policy becomes the policy of then
  /// @param standardise whether advantages are divided by the group's standard deviation
  /// @param averaging how the tokens of answers are averaged
  /// @param epochs how often the answers of a step are gone through
  /// @param updates parts that the answers of a step are cut into, each followed by an update
  /// @param microTokens tokens of one pass, at most (one answer at least)
  public record ObjectiveRecipe(
      float epsilon,
      float beta,
      int referenceEvery,
      boolean standardise,
      Averaging averaging,
      int epochs,
      int updates,
      int microTokens) {
    /// Checks the ranges.
    public ObjectiveRecipe {
      require(
          epsilon > 0 && beta >= 0,
          "objective",
          "expected a positive epsilon and a beta of at least 0",
          epsilon + ", " + beta);
      require(
          referenceEvery >= 1 && epochs >= 1 && updates >= 1 && microTokens >= 1,
          "objective",
          "expected positive reference_every, epochs, updates and micro_tokens",
          "%d, %d, %d, %d".formatted(referenceEvery, epochs, updates, microTokens));
    }
  }

  /// How often is validated, kept.
  ///
  /// @param checkpointEvery steps between two checkpoints; the last step always has one
  /// @param keepLast newest checkpoints that are kept, beside the best
  /// @param validateEvery steps between two validations on held-out tasks
  /// @param validationTasks held-out tasks
  /// @param samples of the validation's answers that are kept
  public record RlKeepingRecipe(
      int checkpointEvery, int keepLast, int validateEvery, int validationTasks, int samples) {
    /// Checks the ranges.
    public RlKeepingRecipe {
      require(
          checkpointEvery >= 1 && keepLast >= 1 && validateEvery >= 1,
          "keeping",
          "expected positive intervals",
          "%d, %d, %d".formatted(checkpointEvery, keepLast, validateEvery));
      require(
          validationTasks >= 0 && samples >= 0,
          "keeping",
          "expected no negative numbers of tasks and samples",
          validationTasks + ", " + samples);
    }
  }

  /// R1's proportions at the size of one machine: groups of 16, temperature 1, one update a step,
  /// and no reference policy to begin with.
  public static GrpoRecipe defaults() {
    return new GrpoRecipe(
        200,
        1337,
        new TaskRecipe("accuracy=1,format=0.1", false, PromptStyle.CHAT, 1, 5, 0.1),
        new RolloutRecipe(16, 16, 256, 512, 1, 256),
        new ObjectiveRecipe(0.2f, 0, 400, true, Averaging.ANSWER, 1, 1, 4096),
        new OptimizerRecipe(0.9f, 0.95f, 1e-8f, 0, 1),
        new ScheduleRecipe(3e-5f, 1, 5, 1, LearningRateSchedule.Decay.COSINE),
        new RlKeepingRecipe(25, 2, 25, 128, 8));
  }

  /// A recipe of these keys, everything else as in [#defaults()].
  ///
  /// @param file named in messages
  /// @throws RecipeException if a key is unknown or its value makes no sense
  public static GrpoRecipe of(ObjectNode given, String file) {
    return RecipeJson.of(GrpoRecipe.class, defaults(), given, file);
  }

  /// The whole recipe as JSON.
  public ObjectNode toJson() {
    return RecipeJson.toJson(this);
  }
}
