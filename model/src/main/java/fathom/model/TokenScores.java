package fathom.model;

import fathom.tensor.Matrix;

/// What a model thinks of each row's target: its log-probability, and the logarithm of the
/// softmax's denominator. Rows without a target have zero in both.
public final class TokenScores {
  private final float[] logProbs;
  private final float[] logSumExps;
  private final float[] largest;
  private final int[] largestAt;

  TokenScores(int rows) {
    logProbs = new float[rows];
    logSumExps = new float[rows];
    largest = new float[rows];
    largestAt = new int[rows];
  }

  /// Rows.
  public int rows() {
    return logProbs.length;
  }

  /// Log-probability of a row's target, in nats.
  public float logProb(int row) {
    return logProbs[row];
  }

  /// Log-probabilities of all rows' targets, as a new array.
  public float[] logProbs() {
    return logProbs.clone();
  }

  /// Logarithm of the denominator of a row's softmax.
  public float logSumExp(int row) {
    return logSumExps[row];
  }

  /// Whether the row's target is the likeliest token.
  public boolean isArgmax(int row, int target) {
    return largestAt[row] == target;
  }

  void takeLogits(int row, Matrix logits, int at, int target) {
    int best = 0;
    float max = logits.get(at, 0);
    for (int token = 1; token < logits.columns(); token++) {
      float logit = logits.get(at, token);
      if (logit > max) {
        max = logit;
        best = token;
      }
    }
    largest[row] = max;
    largestAt[row] = best;
    logProbs[row] = logits.get(at, target);
  }

  /// The largest logit and its probability give the denominator without loss: that probability is
  /// at least one over the vocabulary.
  void takeProbabilities(int row, Matrix probabilities, int at) {
    double logSumExp = largest[row] - Math.log(probabilities.get(at, largestAt[row]));
    logSumExps[row] = (float) logSumExp;
    logProbs[row] = (float) (logProbs[row] - logSumExp);
  }
}
