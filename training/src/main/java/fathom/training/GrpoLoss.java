package fathom.training;

import fathom.model.TokenScores;
import tools.jackson.databind.node.ObjectNode;

/// What GRPO minimises (DeepSeekMath, arXiv 2402.03300, and R1): with the ratio `ρ = π / π_old` of a
/// token, its answer's advantage A and its weight w,
///
///     L = - Σ_tokens w ( min(ρ A, clip(ρ, 1 - ε, 1 + ε) A) - β k3 )
///
/// The derivative by `log π` of a token is `- w (ρ A [not clipped] - β k3')`.
final class GrpoLoss {
  private final double epsilon;
  private final double beta;
  private double loss;
  private double divergence;
  private double gap;
  private long clipped;
  private long tokens;

  GrpoLoss(GrpoRecipe.ObjectiveRecipe recipe) {
    epsilon = recipe.epsilon();
    beta = recipe.beta();
  }

  /// Adds the loss of a batch to the sums, and gives its derivative by each row's log-probability.
  float[] add(PolicyBatch batch, TokenScores scores) {
    float[] derivatives = new float[batch.rows()];
    for (int row = 0; row < derivatives.length; row++) {
      if (batch.counts(row)) {
        derivatives[row] = (float) add(batch, row, scores.logProb(row));
      }
    }
    return derivatives;
  }

  private double add(PolicyBatch batch, int row, float logProb) {
    double weight = batch.weight(row);
    double advantage = batch.advantage(row);
    double ratio = Math.exp((double) logProb - batch.oldLogProb(row, logProb));
    boolean out = advantage > 0 ? ratio > 1 + epsilon : ratio < 1 - epsilon;
    double surrogate = Math.min(ratio, 1 + epsilon) * advantage;
    if (advantage < 0) {
      surrogate = Math.max(ratio, 1 - epsilon) * advantage;
    }
    float reference = batch.refLogProb(row, logProb);
    double k3 = KlPenalty.k3(logProb, reference);
    loss -= weight * (surrogate - beta * k3);
    divergence += k3;
    gap += Math.abs(logProb - batch.engineLogProb(row));
    clipped += out ? 1 : 0;
    tokens++;
    double gain = out ? 0 : ratio * advantage;
    return -weight * (gain - beta * KlPenalty.derivative(logProb, reference));
  }

  /// The loss of all that was added.
  double loss() {
    return loss;
  }

  /// Tokens that were added.
  long tokens() {
    return tokens;
  }

  /// Adds what there is to say to a line of the metrics.
  void describe(ObjectNode line) {
    line.put("loss", loss);
    line.put("kl", mean(divergence));
    line.put("clip_fraction", mean((double) clipped));
    line.put("logprob_gap", mean(gap));
  }

  /// Mean divergence from the reference policy.
  double divergence() {
    return mean(divergence);
  }

  private double mean(double sum) {
    return tokens == 0 ? 0 : sum / tokens;
  }
}
