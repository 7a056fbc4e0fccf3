package fathom.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;

/// The estimators of an evaluation.
public final class Statistics {
  private static final double Z95 = 1.959963984540054;
  private static final int RESAMPLES = 2_000;
  private static final long BOOTSTRAP_SEED = 95;

  private Statistics() {}

  /// Wilson's score interval for `successes` of `trials` (Wilson 1927); unlike the normal interval
  /// it stays within [0, 1] and is honest at 0 % and 100 %.
  ///
  /// @throws EvaluationException if there is no trial or there are more successes than trials
  public static Interval wilson(int successes, int trials) {
    if (trials < 1 || successes < 0 || successes > trials) {
      throw new EvaluationException(
          "wilson: expected 0 to n successes of n ≥ 1 trials, found %d of %d"
              .formatted(successes, trials));
    }
    double share = (double) successes / trials;
    double z2 = Z95 * Z95;
    double centre = (share + z2 / (2.0 * trials)) / (1 + z2 / trials);
    double half =
        Z95
            / (1 + z2 / trials)
            * Math.sqrt(share * (1 - share) / trials + z2 / (4.0 * trials * trials));
    return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
  }

  /// The percentile bootstrap interval of the mean, resampling tasks, with a fixed seed.
  ///
  /// @throws EvaluationException if there is no value
  public static Interval bootstrap(double[] values) {
    if (values.length == 0) {
      throw new EvaluationException("bootstrap: expected at least one value, found none");
    }
    SplittableRandom random = new SplittableRandom(BOOTSTRAP_SEED);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < values.length; j++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    return new Interval(
        means[(int) (0.025 * (RESAMPLES - 1))], means[(int) Math.ceil(0.975 * (RESAMPLES - 1))]);
  }

  /// The unbiased estimate of pass@k from `right` right ones of `samples` samples: 1 − C(n−c, k) /
  /// C(n, k) (Chen et al. 2021, arXiv 2107.03374), as a product that cannot overflow.
  ///
  /// @throws EvaluationException if k is not within 1 to the number of samples
  public static double passAtK(int samples, int right, int k) {
    if (k < 1 || k > samples || right < 0 || right > samples) {
      throw new EvaluationException(
          "pass@k: expected 1 ≤ k ≤ n and 0 ≤ c ≤ n, found n %d, c %d, k %d"
              .formatted(samples, right, k));
    }
    if (samples - right < k) {
      return 1;
    }
    double allWrong = 1;
    for (int i = samples - right + 1; i <= samples; i++) {
      allWrong *= 1.0 - (double) k / i;
    }
    return 1 - allWrong;
  }
}
