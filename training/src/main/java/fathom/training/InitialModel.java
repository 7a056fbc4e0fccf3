package fathom.training;

import fathom.tensor.Kernels;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What a run of pre-training begins with: fresh weights, or a checkpoint's, whose context may be
/// extended.
public final class InitialModel {
  private final @Nullable ObjectNode config;
  private final @Nullable Path checkpoint;
  private final double contextFactor;

  private InitialModel(
      @Nullable ObjectNode config, @Nullable Path checkpoint, double contextFactor) {
    this.config = config;
    this.checkpoint = checkpoint;
    this.contextFactor = contextFactor;
  }

  /// Fresh weights of the shape that a `config.json` describes.
  public static InitialModel fresh(ObjectNode config) {
    return new InitialModel(config, null, 1);
  }

  /// The weights of a checkpoint.
  public static InitialModel of(Path checkpoint) {
    return new InitialModel(null, checkpoint, 1);
  }

  /// The same for contexts some times as long, by YaRN.
  ///
  /// @throws RecipeException if the weights are fresh
  public InitialModel extended(double factor) {
    if (checkpoint == null) {
      throw new RecipeException("context", "expected a checkpoint to extend", "fresh weights");
    }
    return new InitialModel(config, checkpoint, factor);
  }

  TrainedModel open(long seed, Kernels kernels) {
    if (config != null) {
      return TrainedModel.fresh(config, Path.of("config.json"), seed);
    }
    if (checkpoint == null) {
      throw new IllegalStateException("initial model: expected a configuration or a checkpoint");
    }
    return contextFactor == 1
        ? TrainedModel.copy(checkpoint, kernels)
        : TrainedModel.extended(checkpoint, contextFactor, kernels);
  }
}
