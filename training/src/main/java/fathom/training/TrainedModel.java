package fathom.training;

import fathom.checkpoint.Checkpoint;
import fathom.model.DecoderStack;
import fathom.model.LowRankAdapters;
import fathom.model.ModelConfig;
import fathom.model.ModelInitializer;
import fathom.model.ModelOptions;
import fathom.model.ModelWeights;
import fathom.model.Parameter;
import fathom.model.ParameterSet;
import fathom.model.RoundedWeights;
import fathom.model.WeightLayout;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.Workers;
import fathom.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A model with float32 weights of its own and their gradients; with [#adapt], low-rank adapters
/// learn instead of the weights.
final class TrainedModel implements AutoCloseable {
  private final Arena arena;
  private final ObjectNode tree;
  private final DecoderStack stack;
  private final List<Parameter> published;
  private @Nullable LowRankAdapters adapters;
  private @Nullable RoundedWeights rounded;

  private TrainedModel(Arena arena, ObjectNode tree, DecoderStack stack) {
    this.arena = arena;
    this.tree = tree;
    this.stack = stack;
    published = List.copyOf(stack.parameters().all());
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
    return copy(path, config -> config, kernels);
  }

  /// The same for contexts `factor` times as long ([ContextExtension]).
  static TrainedModel extended(Path path, double factor, Kernels kernels) {
    return copy(path, config -> ContextExtension.extend(config, factor), kernels);
  }

  private static TrainedModel copy(Path path, UnaryOperator<ObjectNode> change, Kernels kernels) {
    Arena arena = Arena.ofShared();
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      ObjectNode tree = change.apply(checkpoint.config());
      DecoderStack stack =
          ModelWeights.copy(
              checkpoint, ModelConfig.of(tree, path), kernels, ModelOptions.defaults(), arena);
      return new TrainedModel(arena, tree, stack);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// Has low-rank adapters of this rank beside all linear maps that can have one learn instead of
  /// the weights; with rank 0 changes nothing.
  void adapt(int rank, float alpha, long seed) {
    if (rank == 0) {
      return;
    }
    LowRankAdapters added = new LowRankAdapters(stack, name -> true, rank, alpha, arena);
    ModelInitializer initializer = new ModelInitializer(config(), seed);
    for (Parameter parameter : parameters().all()) {
      if (parameter.gradient() != null) {
        initializer.fill(parameter, 0, parameter.values());
      }
    }
    adapters = added;
  }

  /// Has products read the weights rounded to FP8 from now on.
  void roundWeights(Workers workers) {
    rounded = new RoundedWeights(stack, workers, arena);
  }

  /// Rounds again, if weights are rounded at all: they were moved.
  void moved() {
    if (rounded != null) {
      rounded.refresh();
    }
  }

  /// Bytes of weights that products read in place of the model's own.
  long roundedBytes() {
    return rounded == null ? 0 : rounded.bytes();
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

  /// Numbers that learn.
  long trained() {
    return parameters().all().stream()
        .filter(parameter -> parameter.gradient() != null)
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  /// The parameters that a checkpoint has: all but the adapters'.
  List<Parameter> published() {
    return published;
  }

  /// A parameter's numbers with what its adapter adds to them.
  Matrix merged(Parameter parameter) {
    if (adapters == null || !adapters.adapts(parameter)) {
      return parameter.values();
    }
    Matrix sum = Matrix.allocate(Arena.ofAuto(), parameter.rows(), parameter.columns());
    sum.copyFrom(parameter.values());
    adapters.addTo(parameter, sum);
    return sum;
  }

  /// These tensors and, of an adapted model, the adapters and the matrices beside them: a
  /// checkpoint's weights have both in one.
  Map<String, Matrix> with(Map<String, Matrix> tensors) {
    Map<String, Matrix> all = new LinkedHashMap<>(tensors);
    if (adapters != null) {
      for (Parameter parameter : parameters().all()) {
        if (parameter.gradient() != null || adapters.adapts(parameter)) {
          all.put("adapted." + parameter.name(), parameter.values());
        }
      }
    }
    return all;
  }

  /// @throws RecipeException if the model has fewer ids than the tokenizer, or takes fewer tokens
  ///   than `tokens`
  void requireFit(Tokenizer tokenizer, String key, int tokens) {
    if (tokenizer.vocabularySize() > config().vocabularySize()) {
      throw new RecipeException(
          "vocab_size",
          "expected at least the %d ids of the tokenizer".formatted(tokenizer.vocabularySize()),
          String.valueOf(config().vocabularySize()));
    }
    if (tokens > config().maxPositions()) {
      throw new RecipeException(
          key,
          "expected at most max_position_embeddings %d".formatted(config().maxPositions()),
          String.valueOf(tokens));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
