package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowMath;

/// What a model thinks of each row's target: its log-probability, and the logarithm of the
/// softmax's denominator. Rows without a target have zero in both.
public final class TokenScores {
  private final float[] logProbs;
  private final float[] logSumExps;

  TokenScores(int rows) {
    logProbs = new float[rows];
    logSumExps = new float[rows];
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

  /// Takes in the logits of a row, which lie as row `at` of a matrix, and replaces each logit z by
  /// `exp(z - largest)`; gives the sum of these.
  float take(RowMath math, int row, Matrix logits, int at, int target) {
    long address = logits.rowAddress(at);
    float largest = math.max(address, logits.columns());
    float logit = logits.get(at, target);
    float sum = math.expAndSum(address, logits.columns(), largest);
    double logSumExp = largest + Math.log(sum);
    logSumExps[row] = (float) logSumExp;
    logProbs[row] = (float) (logit - logSumExp);
    return sum;
  }
}
