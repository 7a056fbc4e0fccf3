package fathom.model;

import static fathom.model.InvalidConfigException.require;
import static fathom.model.InvalidConfigException.requirePositive;

/// How tokens choose their experts.
///
/// @param experts experts to choose from (`n_routed_experts`)
/// @param expertsPerToken experts chosen (`num_experts_per_tok`)
/// @param groups groups that the experts are divided into (`n_group`)
/// @param topGroups groups that one token's experts may lie in (`topk_group`)
/// @param scoring from logits to scores (`scoring_func`)
/// @param method from scores to a choice (`topk_method`)
/// @param normTopkProb whether the chosen scores are divided by their sum (`norm_topk_prob`)
/// @param routedScalingFactor factor on the weights (`routed_scaling_factor`)
public record RouterConfig(
    int experts,
    int expertsPerToken,
    int groups,
    int topGroups,
    Scoring scoring,
    Method method,
    boolean normTopkProb,
    float routedScalingFactor) {
  /// From logits to scores.
  public enum Scoring {
    /// Over all experts (V2).
    SOFTMAX,
    /// Each expert for itself (V3).
    SIGMOID
  }

  /// From scores to a choice.
  public enum Method {
    /// The best experts, groups or not.
    GREEDY,
    /// The best experts of the best groups, a group counting by its best expert (V2).
    GROUP_LIMITED_GREEDY,
    /// The same with a correction bias that only moves the choice, a group counting by the sum of
    /// its best two (V3: balanced without an auxiliary loss).
    NOAUX_TC
  }

  public RouterConfig {
    requirePositive("n_routed_experts", experts);
    require(experts <= 8192, "n_routed_experts", "expected at most 8192, found %d", experts);
    requirePositive("n_group", groups);
    requirePositive("topk_group", topGroups);
    require(
        experts % groups == 0,
        "n_routed_experts",
        "expected a multiple of n_group %d, found %d",
        groups,
        experts);
    require(
        topGroups <= groups,
        "topk_group",
        "expected at most n_group %d, found %d",
        groups,
        topGroups);
    int reachable = method == Method.GREEDY ? experts : experts / groups * topGroups;
    require(
        expertsPerToken > 0 && expertsPerToken <= reachable,
        "num_experts_per_tok",
        "expected 1 to %d, found %d",
        reachable,
        expertsPerToken);
    require(
        Float.isFinite(routedScalingFactor),
        "routed_scaling_factor",
        "expected a finite number, found %s",
        routedScalingFactor);
  }

  /// Whether the choice is moved by `e_score_correction_bias`.
  public boolean hasCorrectionBias() {
    return method == Method.NOAUX_TC;
  }
}
