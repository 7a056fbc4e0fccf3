package fathom.model;

/// What layers are built from.
///
/// @param config the model's configuration
/// @param layout how the weights are stored
/// @param parameters where layers declare their parameters
/// @param rope the rotary embedding that all layers share
/// @param options how latent attention is executed
record LayerBuilder(
    ModelConfig config,
    WeightLayout layout,
    ParameterSet parameters,
    RotaryEmbedding rope,
    ModelOptions options) {
  /// Attention of a layer.
  Attention attention(int layer) {
    String name = "model.layers." + layer + ".self_attn.";
    return switch (config.attention()) {
      case LatentAttentionConfig latent -> new MultiHeadLatentAttention(this, name, layer);
      case GroupedAttentionConfig grouped ->
          new GroupedQueryAttention(parameters, name, config, layer, rope);
    };
  }

  /// Feed-forward half of a layer.
  FeedForward feedForward(int layer) {
    String name = "model.layers." + layer + ".mlp.";
    FeedForwardConfig feedForward = config.feedForward();
    return feedForward
        .experts(layer)
        .<FeedForward>map(experts -> new MixtureOfExperts(this, name, experts, layer))
        .orElseGet(
            () -> new DenseFeedForward(parameters, name, config, feedForward.intermediateSize()));
  }

  /// A whole layer.
  DecoderLayer layer(int layer) {
    String name = "model.layers." + layer + ".";
    RmsNorm inputNorm = norm(name + "input_layernorm");
    Attention attention = attention(layer);
    RmsNorm attentionNorm = norm(name + "post_attention_layernorm");
    return new DecoderLayer(inputNorm, attention, attentionNorm, feedForward(layer));
  }

  /// A norm of the residual stream.
  RmsNorm norm(String name) {
    return new RmsNorm(parameters, name, config.hiddenSize(), config.weights().rmsNormEps());
  }
}
