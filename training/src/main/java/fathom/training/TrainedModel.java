package fathom.training;

import fathom.checkpoint.Checkpoint;
import fathom.model.DecoderStack;
import fathom.model.ModelConfig;
import fathom.model.ModelInitializer;
import fathom.model.ModelOptions;
import fathom.model.ModelWeights;
import fathom.model.ParameterSet;
import fathom.model.WeightLayout;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// A model with float32 weights of its own and their gradients.
final class TrainedModel implements AutoCloseable {
  private final Arena arena;
  private final ObjectNode tree;
  private final DecoderStack stack;

  private TrainedModel(Arena arena, ObjectNode tree, DecoderStack stack) {
    this.arena = arena;
    this.tree = tree;
    this.stack = stack;
    stack.parameters().allocateGradients(arena);
  }

  /// A model of a `config.json` with fresh weights.
  static TrainedModel fresh(ObjectNode tree, Path file, long seed) {
    ModelConfig config = ModelConfig.of(tree, file);
    Arena arena = Arena.ofShared();
    try {
      DecoderStack stack =
          new DecoderStack(config, WeightLayout.whole(config), ModelOptions.defaults(), arena);
      stack.parameters().allocate(arena, DType.F32);
      new ModelInitializer(config, seed).fill(stack.parameters());
      return new TrainedModel(arena, tree, stack);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// A copy of a checkpoint's model.
  static TrainedModel copy(Path path, Kernels kernels) {
    Arena arena = Arena.ofShared();
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      DecoderStack stack = ModelWeights.copy(checkpoint, kernels, ModelOptions.defaults(), arena);
      return new TrainedModel(arena, checkpoint.config(), stack);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// What everything that belongs to the model lives as long as.
  Arena arena() {
    return arena;
  }

  ObjectNode tree() {
    return tree;
  }

  DecoderStack stack() {
    return stack;
  }

  ModelConfig config() {
    return stack.config();
  }

  ParameterSet parameters() {
    return stack.parameters();
  }

  @Override
  public void close() {
    arena.close();
  }
}
