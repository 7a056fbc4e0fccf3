package fathom.model;

import java.util.Arrays;
import java.util.Optional;

/// The families of models that Fathom runs and trains, named after `model_type`.
public enum Architecture {
  /// DeepSeek-V2, V2-Lite, V2.5.
  DEEPSEEK_V2("deepseek_v2"),
  /// DeepSeek-V3, R1, V3.1.
  DEEPSEEK_V3("deepseek_v3"),
  /// Qwen 2 and 2.5, and with them R1-Distill-Qwen.
  QWEN2("qwen2"),
  /// Qwen 3, and with it R1-0528-Qwen3.
  QWEN3("qwen3"),
  /// Llama 3, and with it R1-Distill-Llama.
  LLAMA("llama");

  private final String modelType;

  Architecture(String modelType) {
    this.modelType = modelType;
  }

  /// The value of `model_type`.
  public String modelType() {
    return modelType;
  }

  /// Whether attention is latent and most layers are mixtures of experts.
  public boolean isDeepSeek() {
    return this == DEEPSEEK_V2 || this == DEEPSEEK_V3;
  }

  /// The family with this `model_type`.
  public static Optional<Architecture> ofModelType(String modelType) {
    return Arrays.stream(values()).filter(a -> a.modelType.equals(modelType)).findFirst();
  }
}
