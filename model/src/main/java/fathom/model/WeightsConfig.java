package fathom.model;

import static fathom.model.InvalidConfigException.require;

import java.util.Optional;

/// What else there is to know about a model's weights.
///
/// @param rmsNormEps added to the mean square (`rms_norm_eps`)
/// @param initializerRange standard deviation of fresh weights (`initializer_range`)
/// @param tieWordEmbeddings whether the head is the embedding again (`tie_word_embeddings`)
/// @param draftLayers multi-token-prediction modules after the last layer
///   (`num_nextn_predict_layers`); the files may lack them all the same
/// @param quantization the format of quantised linear weights in safetensors files
public record WeightsConfig(
    float rmsNormEps,
    float initializerRange,
    boolean tieWordEmbeddings,
    int draftLayers,
    Optional<QuantizationConfig> quantization) {
  public WeightsConfig {
    require(
        rmsNormEps > 0 && rmsNormEps < 1,
        "rms_norm_eps",
        "expected a small positive number, found %s",
        rmsNormEps);
    require(
        initializerRange >= 0 && Float.isFinite(initializerRange),
        "initializer_range",
        "expected 0 or a positive number, found %s",
        initializerRange);
    require(
        draftLayers >= 0 && draftLayers <= 16,
        "num_nextn_predict_layers",
        "expected 0 to 16, found %d",
        draftLayers);
  }
}
