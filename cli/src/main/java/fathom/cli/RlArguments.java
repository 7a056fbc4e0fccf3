package fathom.cli;

import fathom.training.GrpoRecipe.Averaging;
import fathom.training.GrpoRecipe.PromptStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// A recipe of reinforcement learning, and the options that stand above it.
final class RlArguments {
  @Mixin StepArguments steps = new StepArguments();
  @Mixin RollOutArguments rollOuts = new RollOutArguments();

  @Option(names = "--prompts", paramLabel = "N", description = "Tasks of a step (default: 16).")
  @Nullable Integer prompts;

  @Option(names = "--group", paramLabel = "N", description = "Answers to a task (default: 16).")
  @Nullable Integer group;

  @Option(names = "--epsilon", paramLabel = "X", description = "Clip of the ratio (default: 0.2).")
  @Nullable Float epsilon;

  @Option(
      names = "--beta",
      paramLabel = "X",
      description = "Weight of the divergence from the reference policy (default: 0, none).")
  @Nullable Float beta;

  @Option(
      names = "--reference-every",
      paramLabel = "N",
      description = "Steps between two references (default: 400).")
  @Nullable Integer referenceEvery;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "How often a step's answers are gone through (default: 1).")
  @Nullable Integer epochs;

  @Option(
      names = "--updates",
      paramLabel = "N",
      description = "Updates in each of these epochs (default: 1).")
  @Nullable Integer updates;

  @Option(
      names = "--no-standardise",
      description = "Advantages are not divided by the group's standard deviation.")
  boolean plainAdvantages;

  @Option(names = "--average", paramLabel = "answer|token", description = "What counts the same.")
  @Nullable Averaging averaging;

  @Option(
      names = "--rewards",
      paramLabel = "NAME=WEIGHT,…",
      description = "Reward functions (default: accuracy=1,format=0.1).")
  @Nullable String rewards;

  @Option(
      names = "--shuffle-rewards",
      description = "Rewards go to answers at random: a control, which must not learn.")
  boolean shuffleRewards;

  @Option(
      names = "--template",
      paramLabel = "chat|r1-zero",
      description = "How a task is put: by the model's template, or as to R1-Zero.")
  @Nullable String template;

  @Option(
      names = "--validation-tasks",
      paramLabel = "N",
      description = "Held-out tasks of a validation (default: 128).")
  @Nullable Integer validationTasks;

  /// The recipe as it was given: the file's keys, and above them the options.
  ObjectNode recipe() {
    ObjectNode tree = steps.recipe();
    rollOuts.addTo(tree);
    RecipeKeys.put(tree, "rollout", "prompts", prompts);
    RecipeKeys.put(tree, "rollout", "group_size", group);
    RecipeKeys.put(tree, "objective", "epsilon", epsilon);
    RecipeKeys.put(tree, "objective", "beta", beta);
    RecipeKeys.put(tree, "objective", "reference_every", referenceEvery);
    RecipeKeys.put(tree, "objective", "epochs", epochs);
    RecipeKeys.put(tree, "objective", "updates", updates);
    RecipeKeys.put(tree, "objective", "averaging", averaging);
    RecipeKeys.put(tree, "objective", "standardise", plainAdvantages ? false : null);
    RecipeKeys.put(tree, "tasks", "rewards", rewards);
    RecipeKeys.put(tree, "tasks", "shuffle_rewards", shuffleRewards ? true : null);
    RecipeKeys.put(tree, "tasks", "prompt", template == null ? null : style(template));
    RecipeKeys.put(tree, "keeping", "validation_tasks", validationTasks);
    return tree;
  }

  private static PromptStyle style(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "chat" -> PromptStyle.CHAT;
      case "r1-zero" -> PromptStyle.R1_ZERO;
      default -> throw new UsageException("--template: expected chat or r1-zero, found " + name);
    };
  }
}
