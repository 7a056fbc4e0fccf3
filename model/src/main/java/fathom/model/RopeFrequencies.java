package fathom.model;

import java.util.Arrays;

/// The angle by which each pair of a head's rotary columns turns from one position to the next.
final class RopeFrequencies {
  private RopeFrequencies() {}

  /// `theta^(-2i/dim)` for pair i, stretched as the configuration says.
  static double[] of(RopeConfig rope, int dim) {
    double[] plain = new double[dim / 2];
    Arrays.setAll(plain, i -> Math.pow(rope.theta(), -2.0 * i / dim));
    return switch (rope.scaling()) {
      case RopeScaling.None none -> plain;
      case RopeScaling.Linear linear -> map(plain, (f, i) -> f / linear.factor());
      case RopeScaling.Divisors list -> map(plain, (f, i) -> f / list.divisors().get(i));
      case RopeScaling.Llama3 llama -> map(plain, (f, i) -> llama3(llama, f));
      case RopeScaling.Yarn yarn -> yarn(yarn, rope.theta(), plain);
    };
  }

  /// The factor on all cosines and sines.
  static double amplitude(RopeConfig rope, boolean honourAttnFactor) {
    if (!(rope.scaling() instanceof RopeScaling.Yarn yarn)) {
      return 1;
    }
    boolean honoured = honourAttnFactor && yarn.attnFactor() != 0;
    return yarn.cosSinFactor() * (honoured ? yarn.attnFactor() : 1);
  }

  /// Waves longer than the original context over `lowFreqFactor` are stretched by `factor`, waves
  /// shorter than it over `highFreqFactor` are kept, a ramp between (Llama 3.1).
  private static double llama3(RopeScaling.Llama3 s, double frequency) {
    double waveLength = 2 * Math.PI / frequency;
    double original = s.originalMaxPositions();
    if (waveLength > original / s.lowFreqFactor()) {
      return frequency / s.factor();
    }
    if (waveLength < original / s.highFreqFactor()) {
      return frequency;
    }
    double turns = original / waveLength;
    double smooth = (turns - s.lowFreqFactor()) / (s.highFreqFactor() - s.lowFreqFactor());
    return (1 - smooth) * frequency / s.factor() + smooth * frequency;
  }

  /// Pairs that turn `betaFast` times or more within the original context are kept, pairs that turn
  /// `betaSlow` times or less are stretched, a ramp over the pairs between (arXiv 2309.00071,
  /// section 3.2).
  private static double[] yarn(RopeScaling.Yarn s, double theta, double[] plain) {
    int dim = 2 * plain.length;
    double low = Math.max(Math.floor(pairThatTurns(s, theta, dim, s.betaFast())), 0);
    double high = Math.min(Math.ceil(pairThatTurns(s, theta, dim, s.betaSlow())), dim - 1);
    double width = high == low ? 0.001 : high - low;
    return map(
        plain,
        (frequency, i) -> {
          double ramp = Math.clamp((i - low) / width, 0.0, 1.0);
          return frequency / s.factor() * ramp + frequency * (1 - ramp);
        });
  }

  /// The (fractional) pair that turns `turns` times within the original context.
  private static double pairThatTurns(RopeScaling.Yarn s, double theta, int dim, double turns) {
    return dim * Math.log(s.originalMaxPositions() / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  private interface FrequencyMap {
    double apply(double frequency, int pair);
  }

  private static double[] map(double[] plain, FrequencyMap map) {
    double[] result = new double[plain.length];
    Arrays.setAll(result, i -> map.apply(plain[i], i));
    return result;
  }
}
