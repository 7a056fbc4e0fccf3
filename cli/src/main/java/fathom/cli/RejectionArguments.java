package fathom.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How a teacher's answers are collected.
final class RejectionArguments {
  @Mixin RollOutArguments rollOuts = new RollOutArguments();

  @Option(names = "--tasks", paramLabel = "N", description = "Tasks put (default: 1000).")
  @Nullable Integer tasks;

  @Option(names = "--samples", paramLabel = "K", description = "Answers to a task (default: 4).")
  @Nullable Integer samples;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "Right answers to a task that are kept (default: 1).")
  @Nullable Integer keep;

  @Option(names = "--lenient", description = "A right answer may stand anywhere, in any form.")
  boolean lenient;

  ObjectNode recipe(@Nullable Long seed) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    RecipeKeys.put(tree, "", "seed", seed);
    RecipeKeys.put(tree, "", "count", tasks);
    RecipeKeys.put(tree, "", "keep", keep);
    RecipeKeys.put(tree, "", "lenient", lenient ? true : null);
    RecipeKeys.put(tree, "rollout", "group_size", samples);
    rollOuts.addTo(tree);
    return tree;
  }
}
