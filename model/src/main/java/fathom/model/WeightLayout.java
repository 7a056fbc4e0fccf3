package fathom.model;

import fathom.checkpoint.Checkpoint;

/// How a checkpoint lays out the weights that there is more than one way to store.
///
/// @param splitKeyValueUp whether MLA's `kv_b_proj` is stored as `k_b_proj` (transposed) and
///   `v_b_proj`, as newer GGUF files do
/// @param draftLayers multi-token-prediction modules that are really there
/// @param ownDraftEmbedding whether these modules have an embedding of their own
/// @param ownDraftHead whether they have a head of their own
public record WeightLayout(
    boolean splitKeyValueUp, int draftLayers, boolean ownDraftEmbedding, boolean ownDraftHead) {
  /// The layout of a model that Fathom makes: everything whole; the multi-token-prediction modules
  /// share embedding and head with the main model, as the V3 report says.
  public static WeightLayout whole(ModelConfig config) {
    return new WeightLayout(false, config.weights().draftLayers(), false, false);
  }

  /// The layout that a checkpoint's tensors show.
  public static WeightLayout of(ModelConfig config, Checkpoint checkpoint) {
    int modules = 0;
    while (modules < config.weights().draftLayers()
        && checkpoint.contains(draft(config, modules) + "eh_proj.weight")) {
      modules++;
    }
    return new WeightLayout(
        checkpoint.contains("model.layers.0.self_attn.k_b_proj.weight"),
        modules,
        modules > 0 && checkpoint.contains(draft(config, 0) + "embed_tokens.weight"),
        modules > 0 && checkpoint.contains(draft(config, 0) + "shared_head.head.weight"));
  }

  private static String draft(ModelConfig config, int module) {
    return "model.layers." + (config.layers() + module) + ".";
  }
}
