package fathom.model;

import static fathom.model.InvalidConfigException.require;

import java.util.List;

/// How rotary frequencies are stretched for contexts longer than those of pre-training
/// (`rope_scaling`).
public sealed interface RopeScaling {
  /// Frequencies as they are.
  record None() implements RopeScaling {}

  /// All frequencies divided by one number.
  record Linear(double factor) implements RopeScaling {
    public Linear {
      require(factor >= 1, "rope_scaling.factor", "expected at least 1, found %s", factor);
    }
  }

  /// Each frequency divided by a number of its own, as a GGUF file may list them.
  record Divisors(List<Double> divisors) implements RopeScaling {
    public Divisors {
      divisors = List.copyOf(divisors);
      for (double divisor : divisors) {
        require(
            divisor > 0 && Double.isFinite(divisor),
            "rope_scaling.long_factor",
            "expected numbers above 0, found %s",
            divisor);
      }
    }
  }

  /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a ramp between the two.
  ///
  /// @param lowFreqFactor turns within the original context below which a frequency is low
  /// @param highFreqFactor turns from which it is high
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {
    public Llama3 {
      require(factor >= 1, "rope_scaling.factor", "expected at least 1, found %s", factor);
      require(
          highFreqFactor > lowFreqFactor && lowFreqFactor > 0,
          "rope_scaling.high_freq_factor",
          "expected more than low_freq_factor %s, found %s",
          lowFreqFactor,
          highFreqFactor);
      require(
          originalMaxPositions > 0,
          "rope_scaling.original_max_position_embeddings",
          "expected a positive number, found %d",
          originalMaxPositions);
    }
  }

  /// YaRN (arXiv 2309.00071) as DeepSeek and Qwen use it. A number that the file does not have is
  /// 0.
  ///
  /// @param betaFast turns within the original context from which a frequency is kept
  /// @param betaSlow turns up to which it is divided by `factor`
  /// @param mscale numerator of the factor on cosines and sines
  /// @param mscaleAllDim its denominator, and, squared, the factor on MLA's scores
  /// @param attentionFactor factor on cosines and sines in place of the computed one
  /// @param attnFactor a further factor, which vLLM honours and transformers and llama.cpp ignore
  record Yarn(
      double factor,
      int originalMaxPositions,
      double betaFast,
      double betaSlow,
      double mscale,
      double mscaleAllDim,
      double attentionFactor,
      double attnFactor)
      implements RopeScaling {
    public Yarn {
      require(factor >= 1, "rope_scaling.factor", "expected at least 1, found %s", factor);
      require(
          originalMaxPositions > 0,
          "rope_scaling.original_max_position_embeddings",
          "expected a positive number, found %d",
          originalMaxPositions);
      require(
          betaFast > betaSlow && betaSlow > 0,
          "rope_scaling.beta_fast",
          "expected more than beta_slow %s, found %s",
          betaSlow,
          betaFast);
    }

    /// YaRN's temperature for a stretch by [#factor]: `0.1 · m · ln(factor) + 1`.
    public double magnitude(double m) {
      return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }

    /// The factor on cosines and sines, without [#attnFactor].
    public double cosSinFactor() {
      if (attentionFactor != 0) {
        return attentionFactor;
      }
      return mscale != 0 && mscaleAllDim != 0
          ? magnitude(mscale) / magnitude(mscaleAllDim)
          : magnitude(1);
    }

    /// The factor on MLA's scores before the softmax: `magnitude(mscale_all_dim)²`.
    public double scoreFactor() {
      return mscaleAllDim == 0 ? 1 : magnitude(mscaleAllDim) * magnitude(mscaleAllDim);
    }
  }
}
