package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

import java.util.Optional;

/// The feed-forward half of the decoder layers.
///
/// @param intermediateSize inner width of a dense layer (`intermediate_size`)
/// @param denseLayers layers at the start that are dense although others are mixtures
///   (`first_k_dense_replace`)
/// @param experts what the layers after those are; empty if all layers are dense
public record FeedForwardConfig(
    int intermediateSize, int denseLayers, Optional<MoeConfig> experts) {
  public FeedForwardConfig {
    requirePositive("intermediate_size", intermediateSize);
    require(
        denseLayers >= 0,
        "first_k_dense_replace",
        "expected 0 or a positive number, found %d",
        denseLayers);
  }

  /// All layers dense.
  public static FeedForwardConfig dense(int intermediateSize) {
    return new FeedForwardConfig(intermediateSize, 0, Optional.empty());
  }

  /// The mixture of a layer, if it is one.
  public Optional<MoeConfig> experts(int layer) {
    return layer < denseLayers ? Optional.empty() : experts;
  }
}
