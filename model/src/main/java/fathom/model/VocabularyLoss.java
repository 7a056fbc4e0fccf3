package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// From normed states to the log-probability of each row's target, and back, without ever holding
/// the logits of more than a few rows: rows go through the head chunk by chunk, and a chunk's
/// gradients are made from its softmax right away.
///
/// With p the softmax, z its logits and `L = log Σ exp z`: `log p_target = z_target - L`, so a
/// gradient a of log p_target and b of L give `dz_i = (b - a) p_i + a [i = target]`.
final class VocabularyLoss {
  /// Logits held at once, at most.
  private static final int CHUNK_FLOATS = 8 << 20;

  /// Says what the loss has to say about one row's log-probability and denominator.
  interface RowGradients {
    /// Gradient of the loss with respect to the row's log-probability.
    float ofLogProb(int row);

    /// Gradient with respect to the logarithm of its softmax's denominator.
    float ofLogSumExp(int row, float logSumExp);
  }

  private final Tape scratch;
  private final Parameter head;

  /// @param scratch a silent tape that chunks are taken from
  VocabularyLoss(Tape scratch, Parameter head) {
    this.scratch = scratch;
    this.head = head;
  }

  /// Computes the log-probabilities of the targets; rows without a target are left out. If
  /// `gradients` are given, adds theirs to those of the states and of the head.
  TokenScores run(Variable states, int[] targets, @Nullable RowGradients gradients) {
    TokenScores scores = new TokenScores(targets.length);
    int[] rows = rowsWithTarget(targets);
    int chunk = Math.clamp(CHUNK_FLOATS / head.rows(), 1, Math.max(rows.length, 1));
    for (int from = 0; from < rows.length; from += chunk) {
      int count = Math.min(chunk, rows.length - from);
      scratch.push();
      runChunk(states, targets, new Chunk(rows, from, count), gradients, scores);
      scratch.pop();
    }
    return scores;
  }

  /// Some of the rows that have a target.
  private static final class Chunk {
    final int[] rows;
    final int from;
    final int count;

    Chunk(int[] rows, int from, int count) {
      this.rows = rows;
      this.from = from;
      this.count = count;
    }

    int row(int i) {
      return rows[from + i];
    }
  }

  private static int[] rowsWithTarget(int[] targets) {
    int count = 0;
    int[] rows = new int[targets.length];
    for (int row = 0; row < targets.length; row++) {
      if (targets[row] != TrainingBatch.NO_TARGET) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  private void runChunk(
      Variable states,
      int[] targets,
      Chunk chunk,
      @Nullable RowGradients gradients,
      TokenScores scores) {
    Kernels kernels = scratch.kernels();
    Matrix x = scratch.variable(chunk.count, states.columns()).value();
    Matrix logits = scratch.variable(chunk.count, head.rows()).value();
    for (int i = 0; i < chunk.count; i++) {
      RowOperations.copy(states.value(), chunk.row(i), x, i, 0);
    }
    kernels.matmul(head.weight(), x, logits);
    RowOperations.forEachRow(
        kernels.workers(),
        chunk.count,
        i -> scores.takeLogits(chunk.row(i), logits, i, targets[chunk.row(i)]));
    kernels.softmax(logits);
    RowOperations.forEachRow(
        kernels.workers(), chunk.count, i -> scores.takeProbabilities(chunk.row(i), logits, i));
    if (gradients != null) {
      RowOperations.forEachRow(
          kernels.workers(),
          chunk.count,
          i -> toGradient(gradients, scores, chunk.row(i), logits, i, targets[chunk.row(i)]));
      backward(states, chunk, x, logits);
    }
  }

  private static void toGradient(
      RowGradients gradients, TokenScores scores, int row, Matrix p, int at, int target) {
    float a = gradients.ofLogProb(row);
    float b = gradients.ofLogSumExp(row, scores.logSumExp(row));
    RowOperations.scale(b - a, p.rowAddress(at), p.columns());
    p.set(at, target, p.get(at, target) + a);
  }

  private void backward(Variable states, Chunk chunk, Matrix x, Matrix dLogits) {
    Kernels kernels = scratch.kernels();
    Matrix dHead = head.gradient();
    if (dHead != null) {
      kernels.addOuterProduct(dLogits, x, dHead);
    }
    x.fill(0);
    kernels.addMatmulTransposed(head.weight(), dLogits, x);
    Matrix dStates = states.gradient();
    for (int i = 0; i < chunk.count; i++) {
      RowOperations.addScaled(
          1, x.rowAddress(i), dStates.rowAddress(chunk.row(i)), dStates.columns());
    }
  }
}
