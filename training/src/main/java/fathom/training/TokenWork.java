package fathom.training;

import fathom.model.AttentionConfig;
import fathom.model.GroupedAttentionConfig;
import fathom.model.LatentAttentionConfig;
import fathom.model.ModelConfig;
import fathom.model.MoeConfig;
import fathom.model.RouterConfig;
import java.util.Set;

/// What one token costs in training: parameters it meets, operations, bytes moved between devices.
/// A linear map of n parameters takes `2 n` operations forward and `4 n` backward.
final class TokenWork {
  private static final int SHORTEST_DIM = 1;

  private final ModelConfig config;
  private final Set<Savings> savings;

  TokenWork(ModelConfig config, Set<Savings> savings) {
    this.config = config;
    this.savings = savings;
  }

  private boolean with(Savings saving) {
    return savings.contains(saving);
  }

  /// Parameters of one layer's attention.
  double attentionParameters() {
    double hidden = config.hiddenSize();
    return switch (config.attention()) {
      case LatentAttentionConfig a when with(Savings.LATENT_ATTENTION) -> {
        double queries = (double) a.heads() * a.qkHeadDim();
        double query = a.qLoraRank() == 0 ? hidden * queries : a.qLoraRank() * (hidden + queries);
        double keyValue =
            hidden * a.cacheRowWidth()
                + (double) a.kvLoraRank() * a.heads() * (a.qkNopeHeadDim() + a.vHeadDim());
        yield query + keyValue + hidden * a.heads() * a.vHeadDim();
      }
      case LatentAttentionConfig a ->
          hidden * a.heads() * (2.0 * a.qkHeadDim() + 2.0 * a.vHeadDim());
      case GroupedAttentionConfig a ->
          hidden * a.headDim() * (2.0 * a.heads() + 2.0 * a.keyValueHeads());
    };
  }

  /// Numbers that the cache keeps for one token, over all layers.
  double cacheNumbers() {
    AttentionConfig attention = config.attention();
    double width =
        attention instanceof LatentAttentionConfig a && !with(Savings.LATENT_ATTENTION)
            ? (double) a.heads() * (a.qkHeadDim() + a.vHeadDim())
            : attention.cacheRowWidth();
    return width * config.layers();
  }

  /// Layers that are mixtures, a draft layer included.
  int moeLayers() {
    return config.feedForward().experts().isEmpty()
        ? 0
        : config.layers() - config.feedForward().denseLayers() + draftLayers();
  }

  int draftLayers() {
    return with(Savings.MULTI_TOKEN_PREDICTION) ? config.weights().draftLayers() : 0;
  }

  int allLayers() {
    return config.layers() + draftLayers();
  }

  private double expertParameters() {
    return config
        .feedForward()
        .experts()
        .map(moe -> 3.0 * config.hiddenSize() * moe.intermediateSize())
        .orElse(0.0);
  }

  /// Parameters of all routed experts of all layers.
  double routedParameters() {
    return config
        .feedForward()
        .experts()
        .map(moe -> moeLayers() * expertParameters() * moe.router().experts())
        .orElse(0.0);
  }

  /// Parameters outside the routed experts, without embedding and head.
  double denseParameters() {
    double attention = allLayers() * attentionParameters();
    double dense =
        3.0
            * config.hiddenSize()
            * config.feedForward().intermediateSize()
            * (allLayers() - moeLayers());
    double shared =
        config
            .feedForward()
            .experts()
            .map(moe -> moeLayers() * (shared(moe) + gate(moe.router())))
            .orElse(0.0);
    double projection = 2.0 * config.hiddenSize() * config.hiddenSize() * draftLayers();
    return attention + dense + shared + projection;
  }

  private double shared(MoeConfig moe) {
    return moe.sharedExperts() * expertParameters();
  }

  private double gate(RouterConfig router) {
    return (double) config.hiddenSize() * router.experts();
  }

  /// Parameters of embedding and head.
  double vocabularyParameters() {
    double table = (double) config.vocabularySize() * config.hiddenSize();
    return config.weights().tieWordEmbeddings() ? table : 2 * table;
  }

  /// All parameters, the draft module's included.
  double totalParameters() {
    return routedParameters() + denseParameters() + vocabularyParameters();
  }

  /// Parameters of linear layers that one token meets, the head not counted.
  double activeLinearParameters() {
    return denseParameters()
        + (with(Savings.MIXTURE_OF_EXPERTS)
            ? moeLayers() * expertsPerToken() * expertParameters()
            : routedParameters());
  }

  int expertsPerToken() {
    return config.feedForward().experts().map(moe -> moe.router().expertsPerToken()).orElse(0);
  }

  /// Operations of the linear layers, forward and backward.
  double linearFlops() {
    return 6 * activeLinearParameters();
  }

  /// Operations of the head, once for each token predicted.
  double headFlops() {
    return 6.0 * config.vocabularySize() * config.hiddenSize() * (1 + draftLayers());
  }

  /// Operations of scores and weighted values over half a sequence on average; backward computes
  /// the scores once more: 2.5 times the forward.
  double attentionFlops(int length) {
    double perHead =
        switch (config.attention()) {
          case LatentAttentionConfig a -> a.qkHeadDim() + a.vHeadDim();
          case GroupedAttentionConfig a -> 2.0 * a.headDim();
        };
    double forward = 2.0 * config.attention().heads() * perHead * length / 2;
    return 3.5 * forward * allLayers();
  }

  /// Bytes read and written by everything that is no product (norms, rotations, gates, casts,
  /// moving tokens to experts and back): about so many passes over rows of the hidden width, and of
  /// the inner width of each expert visited.
  double elementwiseBytes() {
    double inner =
        config
            .feedForward()
            .experts()
            .map(
                moe ->
                    (double) moe.intermediateSize()
                        * (moe.router().expertsPerToken() + moe.sharedExperts()))
            .orElse((double) config.feedForward().intermediateSize());
    double rowsOfHidden = 40 + 6.0 * Math.max(SHORTEST_DIM, expertsPerToken());
    return 2.0 * allLayers() * (rowsOfHidden * config.hiddenSize() + 12 * inner);
  }

  /// Copies of a token that cross nodes in one direction, on average over the mixture's layers.
  double copiesSent(int nodesOfExperts) {
    RouterConfig router = config.feedForward().experts().map(MoeConfig::router).orElse(null);
    if (router == null || nodesOfExperts <= 1 || !with(Savings.MIXTURE_OF_EXPERTS)) {
      return 0;
    }
    double reached =
        with(Savings.NODE_LIMITED_ROUTING) && router.groups() > 1
            ? Math.min(router.topGroups(), router.expertsPerToken())
            : expectedNodes(nodesOfExperts, router.expertsPerToken());
    return Math.min(reached, nodesOfExperts) * (nodesOfExperts - 1.0) / nodesOfExperts;
  }

  private static double expectedNodes(int nodes, int experts) {
    return nodes * (1 - Math.pow(1 - 1.0 / nodes, experts));
  }

  /// Bytes sent between nodes for one token, forward and backward: each way out in FP8 (or BF16),
  /// each way back in BF16.
  double networkBytes(int nodesOfExperts) {
    double out = with(Savings.FP8) ? 1 : 2;
    return 2 * copiesSent(nodesOfExperts) * (out + 2) * config.hiddenSize() * moeLayers();
  }
}
