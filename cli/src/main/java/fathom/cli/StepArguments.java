package fathom.cli;

import fathom.training.TrainingRecipe;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A recipe file, and the options above it that all kinds of training have.
final class StepArguments {
  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = {
        "A JSON file with the keys of docs/training.md, or for rl those of docs/reasoning.md; all",
        "have defaults."
      })
  @Nullable Path file;

  @Option(names = "--steps", paramLabel = "N", description = "Optimiser steps, for rl roll-outs.")
  @Nullable Integer steps;

  @Option(names = "--seed", paramLabel = "N", description = "Same seed, same run.")
  @Nullable Long seed;

  @Option(names = "--lr", paramLabel = "X", description = "The highest learning rate.")
  @Nullable Float learningRate;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "Steps between two checkpoints.")
  @Nullable Integer checkpointEvery;

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between two validations.")
  @Nullable Integer validateEvery;

  /// What to name in messages.
  String source() {
    return file == null ? "options" : file.toString();
  }

  /// The recipe as it was given: the file's keys, and above them the options.
  ObjectNode recipe() {
    ObjectNode tree =
        file == null ? JsonNodeFactory.instance.objectNode() : TrainingRecipe.read(file);
    RecipeKeys.put(tree, "", "steps", steps);
    RecipeKeys.put(tree, "", "seed", seed);
    RecipeKeys.put(tree, "schedule", "learning_rate", learningRate);
    RecipeKeys.put(tree, "keeping", "checkpoint_every", checkpointEvery);
    RecipeKeys.put(tree, "keeping", "validate_every", validateEvery);
    return tree;
  }
}
