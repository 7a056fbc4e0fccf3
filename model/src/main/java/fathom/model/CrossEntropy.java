package fathom.model;

/// The weighted mean of `-log p(target)`, and the z-loss: what they are, and what they have to say
/// about each row.
final class CrossEntropy implements VocabularyLoss.RowGradients {
  private final TrainingBatch batch;
  private final int[] targets;
  private final double totalWeight;
  private final float scale;
  private final float zLossFactor;

  /// @param scale factor on the gradients
  CrossEntropy(TrainingBatch batch, int[] targets, float scale, float zLossFactor) {
    this.batch = batch;
    this.targets = targets;
    this.totalWeight = batch.totalWeight(targets);
    this.scale = scale;
    this.zLossFactor = zLossFactor;
  }

  @Override
  public float ofLogProb(int row) {
    return (float) (-scale * share(row));
  }

  @Override
  public float ofLogSumExp(int row, float logSumExp) {
    return (float) (scale * zLossFactor * 2 * logSumExp * share(row));
  }

  double share(int row) {
    return totalWeight == 0 ? 0 : batch.weights()[row] / totalWeight;
  }

  double crossEntropy(TokenScores scores) {
    double sum = 0;
    for (int row = 0; row < targets.length; row++) {
      if (targets[row] != TrainingBatch.NO_TARGET) {
        sum -= scores.logProb(row) * share(row);
      }
    }
    return sum;
  }

  double zLoss(TokenScores scores) {
    double sum = 0;
    for (int row = 0; row < targets.length; row++) {
      if (targets[row] != TrainingBatch.NO_TARGET) {
        sum += (double) scores.logSumExp(row) * scores.logSumExp(row) * share(row);
      }
    }
    return zLossFactor * sum;
  }
}
