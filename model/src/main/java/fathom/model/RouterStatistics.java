package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowStorage;
import java.util.Arrays;

/// What routers tell the training: how many tokens each expert of each layer got, and the
/// sequence-wise balance loss (DeepSeek-V3 report, equations 17 to 20)
///
///     L = α Σ_i f_i P_i,   f_i = N / (K T) Σ_t 1(s_it among the K best of token t),
///                          P_i = 1/T Σ_t s_it / Σ_j s_jt
///
/// of each sequence of T tokens over N experts, averaged over the sequences, summed over the layers.
/// It pulls scores of experts that are chosen too often down; f counts as constant.
public final class RouterStatistics {
  private final float alpha;
  private final long[][] loads;
  private double balanceLoss;
  private float gradientScale = 1;

  /// @param layers decoder layers, those of multi-token prediction included
  /// @param experts routed experts
  /// @param alpha factor on the balance loss; 0 for none
  RouterStatistics(int layers, int experts, float alpha) {
    this.alpha = alpha;
    this.loads = new long[layers][experts];
  }

  /// Tokens that each expert of a layer got since [#reset()]; all zero for dense layers.
  public long[] load(int layer) {
    return loads[layer].clone();
  }

  /// Layers that are counted.
  public int layers() {
    return loads.length;
  }

  /// The balance loss of all layers since [#reset()], factor included.
  public double balanceLoss() {
    return balanceLoss;
  }

  /// Forgets everything.
  public void reset() {
    balanceLoss = 0;
    for (long[] load : loads) {
      Arrays.fill(load, 0);
    }
  }

  /// Sets the factor on the balance loss's gradients.
  void setGradientScale(float scale) {
    gradientScale = scale;
  }

  /// Takes in what one router has chosen. A pass that is repeated for its gradients does not count.
  void add(Step step, int layer, ExpertSelection selection, ExpertChoice choice) {
    double before = balanceLoss;
    for (int token = 0; step.isCounted() && token < selection.tokens(); token++) {
      for (int j = 0; j < selection.expertsPerToken(); j++) {
        loads[layer][selection.expert(token, j)]++;
      }
    }
    Packing packing = step.packing();
    if (alpha != 0 && packing != null) {
      addBalanceLoss(step.tape(), packing, selection.scores(), choice.config());
    }
    if (!step.isCounted()) {
      balanceLoss = before;
    }
  }

  private void addBalanceLoss(Tape tape, Packing packing, Variable scores, RouterConfig router) {
    Variable shares = tape.zeros(packing.sequences(), scores.columns());
    shares.storeAs(RowStorage.FLOAT32);
    Matrix fractions = shares.value();
    double[] losses = new double[packing.sequences()];
    tape.kernels()
        .workers()
        .run(
            losses.length,
            sequence ->
                losses[sequence] = loss(packing, sequence, scores.value(), router, fractions));
    for (double loss : losses) {
      balanceLoss += loss;
    }
    if (tape.isRecording()) {
      tape.record(
          () -> {
            Matrix dScores = scores.gradient();
            tape.kernels()
                .workers()
                .run(
                    packing.sequences(),
                    sequence -> backward(packing, sequence, scores.value(), fractions, dScores));
          });
    }
  }

  /// One sequence's loss; leaves its f in `fractions`.
  private double loss(
      Packing packing, int sequence, Matrix scores, RouterConfig router, Matrix fractions) {
    ExpertChoice choice = new ExpertChoice(router);
    float[] row = new float[scores.columns()];
    float[] chosen = new float[row.length];
    double[] mean = new double[row.length];
    float share = (float) row.length / packing.length(sequence);
    for (int token = packing.start(sequence); token < packing.end(sequence); token++) {
      RowOperations.copy(scores, token, row);
      int[] best = choice.bestByScore(row);
      for (int expert : best) {
        chosen[expert] += share / best.length;
      }
      double sum = sum(row);
      for (int expert = 0; expert < row.length; expert++) {
        mean[expert] += row[expert] / sum / packing.length(sequence);
      }
    }
    fractions.setRow(sequence, chosen);
    double loss = 0;
    for (int expert = 0; expert < row.length; expert++) {
      loss += alpha / packing.sequences() * mean[expert] * chosen[expert];
    }
    return loss;
  }

  /// With `p = s / Σ s` and `g = α f / (S T)`: `ds_i += (g_i - Σ_j g_j p_j) / Σ s`.
  private void backward(
      Packing packing, int sequence, Matrix scores, Matrix fractions, Matrix dScores) {
    float[] row = new float[scores.columns()];
    float[] f = fractions.toArray(sequence);
    double factor =
        (double) gradientScale * alpha / (packing.sequences() * packing.length(sequence));
    for (int token = packing.start(sequence); token < packing.end(sequence); token++) {
      RowOperations.copy(scores, token, row);
      double sum = sum(row);
      double common = 0;
      for (int expert = 0; expert < row.length; expert++) {
        common += f[expert] * row[expert] / sum;
      }
      for (int expert = 0; expert < row.length; expert++) {
        double gradient = factor * (f[expert] - common) / sum;
        dScores.set(token, expert, (float) (dScores.get(token, expert) + gradient));
      }
    }
  }

  private static double sum(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += value;
    }
    return sum;
  }
}
