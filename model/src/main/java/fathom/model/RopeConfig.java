package fathom.model;

import static fathom.model.InvalidConfigException.require;

/// Rotary position embedding.
///
/// @param theta base of the frequencies `theta^(-2i/dim)` (`rope_theta`)
/// @param scaling stretch of the frequencies (`rope_scaling`)
/// @param interleaved whether the numbers 2i and 2i + 1 are rotated together (DeepSeek, and Llama
///   in GGUF files) or i and i + dim / 2 (`rope_interleave`)
public record RopeConfig(double theta, RopeScaling scaling, boolean interleaved) {
  public RopeConfig {
    require(
        theta > 1 && Double.isFinite(theta),
        "rope_theta",
        "expected a number above 1, found %s",
        theta);
  }

  void requireDim(int dim) {
    if (scaling instanceof RopeScaling.Divisors divisors) {
      require(
          divisors.divisors().size() == dim / 2,
          "rope_scaling.long_factor",
          "expected %d numbers, found %d",
          dim / 2,
          divisors.divisors().size());
    }
  }
}
