package fathom.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How a teacher's answers are collected.
final class RejectionArguments {
  @Option(names = "--tasks", paramLabel = "N", description = "Tasks put (default: 1000).")
  @Nullable Integer tasks;

  @Option(names = "--samples", paramLabel = "K", description = "Answers to a task (default: 4).")
  @Nullable Integer samples;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "Right answers to a task that are kept (default: 1).")
  @Nullable Integer keep;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Longest answer in tokens (default: 512).")
  @Nullable Integer maxTokens;

  @Option(names = "--temperature", paramLabel = "X", description = "Of the sampling (default: 1).")
  @Nullable Double temperature;

  @Option(
      names = "--concurrent",
      paramLabel = "N",
      description = "Answers at a time (default: 128).")
  @Nullable Integer concurrent;

  @Option(
      names = "--difficulty",
      paramLabel = "N-M",
      description = "Difficulties of generated tasks, of 1 to 5 (default: all).")
  @Nullable String difficulty;

  @Option(names = "--lenient", description = "A right answer may stand anywhere, in any form.")
  boolean lenient;

  ObjectNode recipe(@Nullable Long seed) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    RecipeKeys.put(tree, "", "seed", seed);
    RecipeKeys.put(tree, "", "count", tasks);
    RecipeKeys.put(tree, "", "keep", keep);
    RecipeKeys.put(tree, "", "lenient", lenient ? true : null);
    RecipeKeys.put(tree, "rollout", "group_size", samples);
    RecipeKeys.put(tree, "rollout", "max_tokens", maxTokens);
    RecipeKeys.put(tree, "rollout", "temperature", temperature);
    RecipeKeys.put(tree, "rollout", "concurrent", concurrent);
    RecipeKeys.putDifficulty(tree, difficulty);
    return tree;
  }
}
