package fathom.model;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// A decoder's layers and their parameters, declared but not yet bound to memory. One stack can
/// serve generation and training at once: both read the same weights.
public final class DecoderStack {
  private final ModelConfig config;
  private final ParameterSet parameters;
  private final RotaryEmbedding rope;
  private final TokenEmbedding embedding;
  private final List<DecoderLayer> layers = new ArrayList<>();
  private final LanguageModelHead head;
  private final List<MultiTokenPrediction> drafts = new ArrayList<>();

  /// Declares the model that a configuration describes.
  ///
  /// @param layout how its weights are stored
  /// @param arena what tables of the model live as long as
  public DecoderStack(ModelConfig config, WeightLayout layout, ModelOptions options, Arena arena) {
    this(config, layout, options, arena, new ParameterSet());
  }

  DecoderStack(
      ModelConfig config,
      WeightLayout layout,
      ModelOptions options,
      Arena arena,
      ParameterSet parameters) {
    this.config = config;
    this.parameters = parameters;
    rope =
        new RotaryEmbedding(
            arena,
            config.attention().rope(),
            config.attention().ropeDim(),
            options.honourAttnFactor());
    LayerBuilder builder = new LayerBuilder(config, layout, parameters, rope, options);
    embedding =
        new TokenEmbedding(
            parameters, "model.embed_tokens", config.vocabularySize(), config.hiddenSize());
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(builder.layer(layer));
    }
    RmsNorm norm = builder.norm("model.norm");
    head = new LanguageModelHead(norm, headWeight());
    for (int module = 0; module < layout.draftLayers(); module++) {
      drafts.add(new MultiTokenPrediction(builder, module, embedding, head));
    }
    parameters.settle();
  }

  /// The parameters of a model that Fathom would make from a configuration, bound to nothing: their
  /// names, shapes and roles.
  public static ParameterSet declare(ModelConfig config) {
    try (Arena arena = Arena.ofConfined()) {
      WeightLayout layout = WeightLayout.whole(config);
      return new DecoderStack(config, layout, ModelOptions.defaults(), arena).parameters();
    }
  }

  private Parameter headWeight() {
    return config.weights().tieWordEmbeddings()
        ? embedding.weight()
        : parameters.matrix(
            "lm_head.weight", Parameter.Role.HEAD, config.vocabularySize(), config.hiddenSize());
  }

  /// The configuration.
  public ModelConfig config() {
    return config;
  }

  /// All parameters, in the order of their declaration.
  public ParameterSet parameters() {
    return parameters;
  }

  RotaryEmbedding rope() {
    return rope;
  }

  TokenEmbedding embedding() {
    return embedding;
  }

  List<DecoderLayer> layers() {
    return layers;
  }

  LanguageModelHead head() {
    return head;
  }

  List<MultiTokenPrediction> drafts() {
    return drafts;
  }
}
