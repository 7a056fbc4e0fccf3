package fathom.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// How a model answers the tasks that are put to it in training.
final class RollOutArguments {
  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Longest answer in tokens (default: 256, of a teacher 512).")
  @Nullable Integer maxTokens;

  @Option(names = "--temperature", paramLabel = "X", description = "Of the sampling (default: 1).")
  @Nullable Double temperature;

  @Option(
      names = "--concurrent",
      paramLabel = "N",
      description = "Answers at a time (default: 256, of a teacher 128).")
  @Nullable Integer concurrent;

  @Option(
      names = "--difficulty",
      paramLabel = "N-M",
      description = "Difficulties of generated tasks, of 1 to 5 (default: all).")
  @Nullable String difficulty;

  /// Puts the options that were given above what a recipe has.
  void addTo(ObjectNode recipe) {
    RecipeKeys.put(recipe, "rollout", "max_tokens", maxTokens);
    RecipeKeys.put(recipe, "rollout", "temperature", temperature);
    RecipeKeys.put(recipe, "rollout", "concurrent", concurrent);
    RecipeKeys.putDifficulty(recipe, difficulty);
  }
}
