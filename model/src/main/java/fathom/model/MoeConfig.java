package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

/// A mixture of experts (DeepSeekMoE, arXiv 2401.06066): every token goes through the shared
/// experts and through a few of the routed ones.
///
/// @param intermediateSize inner width of one expert (`moe_intermediate_size`)
/// @param sharedExperts experts that every token visits, computed as one of that many times the
///   width (`n_shared_experts`)
/// @param router how tokens choose the others
public record MoeConfig(int intermediateSize, int sharedExperts, RouterConfig router) {
  public MoeConfig {
    requirePositive("moe_intermediate_size", intermediateSize);
    require(
        sharedExperts >= 0,
        "n_shared_experts",
        "expected 0 or a positive number, found %d",
        sharedExperts);
  }

  /// Inner width of the shared experts together.
  public int sharedIntermediateSize() {
    return sharedExperts * intermediateSize;
  }
}
