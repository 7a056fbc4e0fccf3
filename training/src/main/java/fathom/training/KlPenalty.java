package fathom.training;

/// The divergence of the policy from a reference by Schulman's estimator k3, which is never
/// negative and unbiased: with `d = log π_ref - log π` of a token, `k3 = exp(d) - d - 1`.
final class KlPenalty {
  private KlPenalty() {}

  /// The estimate for one token.
  static double k3(double logProb, double refLogProb) {
    double d = refLogProb - logProb;
    return Math.exp(d) - d - 1;
  }

  /// Its derivative by the policy's log-probability.
  static double derivative(double logProb, double refLogProb) {
    return 1 - Math.exp(refLogProb - logProb);
  }
}
