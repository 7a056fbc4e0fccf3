package fathom.model;

import fathom.tensor.DType;

/// What can be chosen about a model when it is loaded.
///
/// @param cacheType format of the cache: F32, F16 or BF16
/// @param mlaExecution how latent attention is executed
/// @param honourAttnFactor whether `rope_scaling.attn_factor` scales the cosines and sines of YaRN,
///   as in vLLM, or is ignored, as in transformers and llama.cpp
public record ModelOptions(
    DType cacheType, MlaExecution mlaExecution, boolean honourAttnFactor, long expansionBytes) {
  private static final long EXPANSION_BYTES = 128L << 20;

  public ModelOptions {
    if (cacheType != DType.F32 && cacheType != DType.F16 && cacheType != DType.BF16) {
      throw new IllegalArgumentException(
          "cache type: expected F32, F16 or BF16, found " + cacheType);
    }
  }

  /// A float32 cache, the cheaper execution for each span, and `attn_factor` ignored.
  public static ModelOptions defaults() {
    return new ModelOptions(DType.F32, MlaExecution.AUTO, false, EXPANSION_BYTES);
  }

  /// The same with another format of the cache.
  public ModelOptions withCacheType(DType type) {
    return new ModelOptions(type, mlaExecution, honourAttnFactor, expansionBytes);
  }

  /// The same with another execution of latent attention.
  public ModelOptions withMlaExecution(MlaExecution execution) {
    return new ModelOptions(cacheType, execution, honourAttnFactor, expansionBytes);
  }

  /// The same, honouring `attn_factor` or not.
  public ModelOptions withAttnFactorHonoured(boolean honour) {
    return new ModelOptions(cacheType, mlaExecution, honour, expansionBytes);
  }

  /// The same with another bound on the memory of naive latent attention.
  public ModelOptions withExpansionBytes(long bytes) {
    return new ModelOptions(cacheType, mlaExecution, honourAttnFactor, bytes);
  }
}
