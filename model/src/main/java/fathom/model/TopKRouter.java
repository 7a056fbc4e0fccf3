package fathom.model;

import fathom.tensor.Matrix;
import fathom.tensor.RowBlocks;
import fathom.tensor.RowStorage;
import fathom.tensor.Workers;
import org.jspecify.annotations.Nullable;

/// Sends each token to its best experts. The correction bias only moves the *choice*; the weights
/// stay the raw scores, so balance costs no gradient (DeepSeek-V3 report, section 2.1.2).
///
/// Groups limit where a token's experts may lie (in DeepSeek's clusters: on how many nodes). In V2
/// a group counts by its best expert, in V3 by the sum of its best two; experts of other groups are
/// out of the question, also where all remaining scores are negative. Logits and scores are
/// float32.
final class TopKRouter {
  /// Added to the sum of the chosen scores before it divides them.
  private static final float TINY = 1e-20f;

  /// Tokens below which handing the work to other threads costs more than it saves.
  private static final int FEW_TOKENS = 64;

  /// Tokens that one part of the work chooses experts for.
  private static final int PART_TOKENS = 128;

  /// What an expert's score costs, in units of an addition.
  private static final int COSTS = 16;

  private final RouterConfig config;
  private final int layer;
  private final Parameter weight;
  private final @Nullable Parameter scoreCorrectionBias;
  private final ExpertChoice choice;

  TopKRouter(ParameterSet parameters, String name, int hiddenSize, RouterConfig config, int layer) {
    this.config = config;
    this.layer = layer;
    weight =
        parameters.matrix(name + ".weight", Parameter.Role.ROUTER, config.experts(), hiddenSize);
    scoreCorrectionBias =
        config.hasCorrectionBias()
            ? parameters.vector(
                name + ".e_score_correction_bias", Parameter.Role.CORRECTION_BIAS, config.experts())
            : null;
    choice = new ExpertChoice(config);
  }

  /// Chooses experts for x `[tokens, hidden]`.
  ExpertSelection forward(Step step, Variable x) {
    Tape tape = step.tape();
    Variable scores = tape.variable(x.rows(), config.experts());
    tape.kernels().exact().matmul(weight.weight(), x.value(), scores.value());
    if (config.scoring() == RouterConfig.Scoring.SOFTMAX) {
      tape.kernels().softmax(scores.value());
    } else {
      sigmoid(tape.kernels().workers(), scores.value());
    }
    ExpertSelection selection =
        tape.selection(config.experts(), config.expertsPerToken(), x.rows());
    selection.setVariables(tape.variable(x.rows(), config.expertsPerToken()), scores);
    Matrix bias = scoreCorrectionBias == null ? null : scoreCorrectionBias.values();
    if (x.rows() < FEW_TOKENS) {
      choice.choose(selection, bias, 0, x.rows());
    } else {
      int parts = Math.ceilDiv(x.rows(), PART_TOKENS);
      tape.kernels().workers().run(parts, part -> choosePart(selection, bias, part));
    }
    selection.group();
    if (tape.isRecording()) {
      scores.storeAs(RowStorage.FLOAT32);
      selection.weightsVariable().storeAs(RowStorage.FLOAT32);
      tape.record(() -> backward(tape, x, selection));
    }
    observe(step, selection);
    return selection;
  }

  private void choosePart(ExpertSelection selection, @Nullable Matrix bias, int part) {
    int from = part * PART_TOKENS;
    int end = Math.min(selection.tokens(), from + PART_TOKENS);
    new ExpertChoice(config).choose(selection, bias, from, end);
  }

  private void observe(Step step, ExpertSelection selection) {
    RouterStatistics statistics = step.statistics();
    if (statistics != null) {
      statistics.add(step, layer, selection, choice);
    }
    ForwardObserver observer = step.observer();
    if (observer != null) {
      observer.routed(layer, selection);
    }
  }

  private static void sigmoid(Workers workers, Matrix x) {
    if (x.rows() < FEW_TOKENS) {
      for (int row = 0; row < x.rows(); row++) {
        sigmoid(x, row);
      }
      return;
    }
    RowBlocks.forEach(workers, x.rows(), COSTS * x.columns(), row -> sigmoid(x, row));
  }

  private static void sigmoid(Matrix x, int row) {
    for (int column = 0; column < x.columns(); column++) {
      x.set(row, column, (float) (1 / (1 + Math.exp(-x.get(row, column)))));
    }
  }

  /// What a chosen score is multiplied by to become a weight.
  static float factor(RouterConfig config, float sumOfChosen) {
    if (!config.normTopkProb()) {
      return config.routedScalingFactor();
    }
    boolean v2 = config.scoring() == RouterConfig.Scoring.SOFTMAX;
    return (v2 ? 1 : config.routedScalingFactor()) / (sumOfChosen + TINY);
  }

  /// From the gradients of the weights, and of the scores (where the balance loss has left its
  /// own), to those of x and of the router's weight. The choice itself has no gradient.
  private void backward(Tape tape, Variable x, ExpertSelection selection) {
    Matrix dScores = selection.scores().gradient();
    RowBlocks.forEach(
        tape.kernels().workers(),
        selection.tokens(),
        COSTS * config.experts(),
        token -> {
          addWeightGradients(selection, token, dScores);
          scoresToLogits(selection.scores().value(), token, dScores);
        });
    tape.kernels().exact().addMatmulTransposed(weight.weight(), dScores, x.gradient());
    Matrix dWeight = weight.gradient();
    if (dWeight != null) {
      tape.kernels().exact().addOuterProduct(dScores, x.value(), dWeight);
    }
  }

  /// With `w_j = f s_j` and f constant: `ds_j += f dw_j`. With `f = r / Σ s`: moreover `ds_j -= f
  /// Σ_i dw_i w_i / r`, since every chosen score is part of the sum.
  private void addWeightGradients(ExpertSelection selection, int token, Matrix dScores) {
    Matrix scores = selection.scores().value();
    Matrix dWeights = selection.weightsVariable().gradient();
    float sum = 0;
    float pull = 0;
    for (int j = 0; j < config.expertsPerToken(); j++) {
      float score = scores.get(token, selection.expert(token, j));
      sum += score;
      pull += dWeights.get(token, j) * score;
    }
    float factor = factor(config, sum);
    float common = config.normTopkProb() ? pull / (sum + TINY) : 0;
    for (int j = 0; j < config.expertsPerToken(); j++) {
      int expert = selection.expert(token, j);
      float gradient = factor * (dWeights.get(token, j) - common);
      dScores.set(token, expert, dScores.get(token, expert) + gradient);
    }
  }

  /// Sigmoid: `dl = ds s (1 - s)`; softmax: `dl_i = s_i (ds_i - Σ_j ds_j s_j)`.
  private void scoresToLogits(Matrix scores, int token, Matrix gradients) {
    boolean softmax = config.scoring() == RouterConfig.Scoring.SOFTMAX;
    double mean = 0;
    for (int expert = 0; softmax && expert < config.experts(); expert++) {
      mean += (double) gradients.get(token, expert) * scores.get(token, expert);
    }
    for (int expert = 0; expert < config.experts(); expert++) {
      double s = scores.get(token, expert);
      double ds = gradients.get(token, expert);
      gradients.set(token, expert, (float) (softmax ? s * (ds - mean) : ds * s * (1 - s)));
    }
  }
}
