package fathom.model;

/// How large a model of some configuration is.
///
/// @param parameters numbers in all weights of the main model
/// @param activeParameters those of them that one token meets: of the routed experts only the
///   chosen
/// @param draftParameters numbers in the multi-token-prediction modules, without the embedding and
///   the head that they share
/// @param cacheNumbersPerToken what the cache keeps for one token in all layers of the main model
public record ModelSize(
    long parameters, long activeParameters, long draftParameters, long cacheNumbersPerToken) {
  /// The size of a model with this configuration, without making it.
  public static ModelSize of(ModelConfig config) {
    long main = 0;
    long experts = 0;
    long drafts = 0;
    for (Parameter parameter : DecoderStack.declare(config).all()) {
      long count = parameter.shape().elements();
      if (isDraft(config, parameter.name())) {
        drafts += count;
      } else {
        main += count;
        experts += parameter.role() == Parameter.Role.EXPERT ? count : 0;
      }
    }
    long resting =
        config.feedForward().experts().isEmpty()
            ? 0
            : restingExperts(config.feedForward().experts().get().router(), experts);
    long cache = (long) config.layers() * config.attention().cacheRowWidth();
    return new ModelSize(main, main - resting, drafts, cache);
  }

  private static long restingExperts(RouterConfig router, long expertParameters) {
    return expertParameters / router.experts() * (router.experts() - router.expertsPerToken());
  }

  private static boolean isDraft(ModelConfig config, String name) {
    for (int module = 0; module < config.weights().draftLayers(); module++) {
      if (name.startsWith("model.layers." + (config.layers() + module) + ".")) {
        return true;
      }
    }
    return false;
  }
}
