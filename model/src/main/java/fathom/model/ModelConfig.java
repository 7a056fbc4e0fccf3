package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// A model's shape, named after `config.json`.
///
/// @param architecture family (`model_type`)
/// @param vocabularySize rows of the embedding (`vocab_size`)
/// @param hiddenSize width of the residual stream (`hidden_size`)
/// @param layers decoder layers, without multi-token prediction (`num_hidden_layers`)
/// @param maxPositions longest context (`max_position_embeddings`)
/// @param attention attention of all layers
/// @param feedForward feed-forward half of the layers
/// @param weights norms, initialisation, tying, quantisation
public record ModelConfig(
    Architecture architecture,
    int vocabularySize,
    int hiddenSize,
    int layers,
    int maxPositions,
    AttentionConfig attention,
    FeedForwardConfig feedForward,
    WeightsConfig weights) {
  public ModelConfig {
    requirePositive("vocab_size", vocabularySize);
    requirePositive("hidden_size", hiddenSize);
    requirePositive("num_hidden_layers", layers);
    require(layers <= 1000, "num_hidden_layers", "expected at most 1000 layers, found %d", layers);
    requirePositive("max_position_embeddings", maxPositions);
  }

  /// Reads a `config.json`, in the released form (`rope_scaling`) or the newer one
  /// (`rope_parameters`), or the tree of the same form that a GGUF file's metadata give.
  ///
  /// @param tree the parsed file
  /// @param file named in the message of the exception
  /// @throws fathom.checkpoint.MalformedCheckpointException if a key is missing, has the wrong type
  ///   or contradicts another
  public static ModelConfig of(JsonNode tree, Path file) {
    return new ConfigReader(new ConfigTree(tree, file)).read();
  }

  /// What the cache keeps for one token.
  ///
  /// @param draftLayers multi-token-prediction modules that the weights really have
  public CacheLayout cacheLayout(fathom.tensor.DType type, int draftLayers) {
    return new CacheLayout(layers + draftLayers, attention.cacheRowWidth(), type);
  }
}
