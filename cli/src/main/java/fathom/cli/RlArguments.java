package fathom.cli;

import fathom.training.GrpoRecipe.Averaging;
import fathom.training.GrpoRecipe.PromptStyle;
import fathom.training.TrainingRecipe;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A recipe of reinforcement learning, and the options that stand above it.
final class RlArguments {
  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "A JSON file with the keys of docs/reasoning.md; all have defaults.")
  @Nullable Path file;

  @Option(names = "--steps", paramLabel = "N", description = "Roll-outs (default: 200).")
  @Nullable Integer steps;

  @Option(names = "--seed", paramLabel = "N", description = "Same seed, same run.")
  @Nullable Long seed;

  @Option(names = "--prompts", paramLabel = "N", description = "Tasks of a step (default: 16).")
  @Nullable Integer prompts;

  @Option(names = "--group", paramLabel = "N", description = "Answers to a task (default: 16).")
  @Nullable Integer group;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Longest answer in tokens (default: 256).")
  @Nullable Integer maxTokens;

  @Option(names = "--temperature", paramLabel = "X", description = "Of the sampling (default: 1).")
  @Nullable Double temperature;

  @Option(
      names = "--concurrent",
      paramLabel = "N",
      description = "Answers at a time (default: 256).")
  @Nullable Integer concurrent;

  @Option(names = "--lr", paramLabel = "X", description = "The learning rate (default: 3e-5).")
  @Nullable Float learningRate;

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
      names = "--difficulty",
      paramLabel = "N-M",
      description = "Difficulties of generated tasks, of 1 to 5 (default: all).")
  @Nullable String difficulty;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "Steps between two checkpoints (default: 25).")
  @Nullable Integer checkpointEvery;

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between two validations (default: 25).")
  @Nullable Integer validateEvery;

  @Option(
      names = "--validation-tasks",
      paramLabel = "N",
      description = "Held-out tasks of a validation (default: 128).")
  @Nullable Integer validationTasks;

  /// The recipe as it was given: the file's keys, and above them the options.
  ObjectNode recipe() {
    ObjectNode tree =
        file == null ? JsonNodeFactory.instance.objectNode() : TrainingRecipe.read(file);
    RecipeKeys.put(tree, "", "steps", steps);
    RecipeKeys.put(tree, "", "seed", seed);
    RecipeKeys.put(tree, "rollout", "prompts", prompts);
    RecipeKeys.put(tree, "rollout", "group_size", group);
    RecipeKeys.put(tree, "rollout", "max_tokens", maxTokens);
    RecipeKeys.put(tree, "rollout", "temperature", temperature);
    RecipeKeys.put(tree, "rollout", "concurrent", concurrent);
    RecipeKeys.put(tree, "schedule", "learning_rate", learningRate);
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
    RecipeKeys.put(tree, "keeping", "checkpoint_every", checkpointEvery);
    RecipeKeys.put(tree, "keeping", "validate_every", validateEvery);
    RecipeKeys.put(tree, "keeping", "validation_tasks", validationTasks);
    RecipeKeys.putDifficulty(tree, difficulty);
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
