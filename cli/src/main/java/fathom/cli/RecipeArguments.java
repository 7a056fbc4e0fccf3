package fathom.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// A recipe, and the options that stand above it.
final class RecipeArguments {
  @Mixin StepArguments steps = new StepArguments();

  @Option(names = "--batch", paramLabel = "N", description = "Sequences of a step.")
  @Nullable Integer batch;

  @Option(names = "--length", paramLabel = "N", description = "Tokens of a sequence.")
  @Nullable Integer length;

  @Option(names = "--held-out", paramLabel = "SHARE", description = "Share kept for validation.")
  @Nullable Double heldOut;

  /// The recipe as it was given: the file's keys, and above them the options.
  ObjectNode recipe() {
    return recipe("text");
  }

  /// The same with what is held out in another section.
  ObjectNode recipe(String textSection) {
    ObjectNode tree = steps.recipe();
    RecipeKeys.put(tree, "batch", "sequences", batch);
    RecipeKeys.put(tree, "batch", "length", length);
    RecipeKeys.put(tree, textSection, "held_out", heldOut);
    return tree;
  }
}
