package fathom.model;

import org.jspecify.annotations.Nullable;

/// A mixture of experts (DeepSeekMoE, arXiv 2401.06066): `y = Σ_chosen w_i · E_i(x) + S(x)`. Many
/// small routed experts, of which each token visits a few, and shared ones that all tokens visit,
/// so that the routed ones need not all learn the same.
final class MixtureOfExperts implements FeedForward {
  private final TopKRouter gate;
  private final RoutedExperts experts;
  private final @Nullable DenseFeedForward sharedExperts;

  MixtureOfExperts(LayerBuilder builder, String name, MoeConfig config, int layer) {
    ParameterSet parameters = builder.parameters();
    int hidden = builder.config().hiddenSize();
    gate = new TopKRouter(parameters, name + "gate", hidden, config.router(), layer);
    experts = new RoutedExperts(parameters, name + "experts.", hidden, config);
    sharedExperts =
        config.sharedExperts() == 0
            ? null
            : new DenseFeedForward(
                parameters,
                name + "shared_experts.",
                builder.config(),
                config.sharedIntermediateSize());
  }

  @Override
  public Variable forward(Step step, Variable x) {
    ExpertSelection selection = gate.forward(step, x);
    Variable routed = experts.forward(step.tape(), x, selection);
    return sharedExperts == null
        ? routed
        : Sum.forward(step.tape(), routed, sharedExperts.forward(step.tape(), x));
  }
}
