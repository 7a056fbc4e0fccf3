package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowBlocks;
import fathom.tensor.RowMath;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// From normed states to the log-probability of each row's target, and back, without ever holding
/// the logits of more than a few rows: rows go through the head chunk by chunk, and a chunk's
/// gradients are made from its softmax right away.
///
/// With p the softmax, z its logits and `L = log Σ exp z`: `log p_target = z_target - L`, so a
/// gradient a of log p_target and b of L give `dz_i = (b - a) p_i + a [i = target]`.
final class VocabularyLoss {
  /// Logits held at once, unless that would be too few rows.
  private static final int CHUNK_FLOATS = 2 << 20;

  /// Rows of a chunk that are worth unpacking the head for, where the vocabulary is large.
  private static final int CHUNK_ROWS = 128;

  /// What an exponential costs, in units of an addition.
  private static final int EXPONENTIAL_COSTS = 8;

  /// Says what the loss has to say about one row's log-probability and denominator.
  interface RowGradients {
    /// Gradient of the loss with respect to the row's log-probability.
    float ofLogProb(int row);

    /// Gradient with respect to the logarithm of its softmax's denominator.
    float ofLogSumExp(int row, float logSumExp);

    /// A teacher whose distributions are learned, too.
    default @Nullable SoftTargets teacher() {
      return null;
    }

    /// The share of a row in what the teacher has to say.
    default float ofTeacher(int row) {
      return 0;
    }
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
    int most = Math.max(CHUNK_FLOATS / head.rows(), CHUNK_ROWS);
    int chunk = Math.clamp(rows.length, 1, most);
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

    /// Whether the rows lie one after the other.
    boolean isContiguous() {
      return row(count - 1) - row(0) == count - 1;
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
    Matrix x = statesOf(states, chunk);
    Matrix logits = scratch.variable(chunk.count, head.rows()).value();
    kernels.matmul(head.weight(), x, logits);
    RowMath math = kernels.rows();
    SoftTargets teacher = gradients == null ? null : gradients.teacher();
    Matrix taught =
        teacher == null
            ? null
            : teacher.distributions(scratch, chunk.rows, chunk.from, chunk.count);
    RowBlocks.forEach(
        kernels.workers(),
        chunk.count,
        EXPONENTIAL_COSTS * head.rows(),
        i -> {
          int row = chunk.row(i);
          float sum = scores.take(math, row, logits, i, targets[row]);
          if (gradients != null) {
            float[] student = teacher == null ? null : teacher.student(logits, i);
            float a = gradients.ofLogProb(row);
            float b = gradients.ofLogSumExp(row, scores.logSumExp(row));
            long at = logits.rowAddress(i);
            math.setScaled((b - a) / sum, at, at, logits.columns());
            logits.set(i, targets[row], logits.get(i, targets[row]) + a);
            if (teacher != null && taught != null && student != null) {
              teacher.add(row, student, taught, i, gradients.ofTeacher(row), logits);
            }
          }
        });
    if (gradients != null) {
      backward(states, chunk, x, logits);
    }
  }

  private Matrix statesOf(Variable states, Chunk chunk) {
    if (chunk.isContiguous()) {
      return states.value().rows(chunk.row(0), chunk.count);
    }
    Matrix x = scratch.variable(chunk.count, states.columns()).value();
    RowBlocks.forEach(
        scratch.kernels().workers(),
        chunk.count,
        x.columns(),
        i -> RowOperations.copy(states.value(), chunk.row(i), x, i, 0));
    return x;
  }

  private void backward(Variable states, Chunk chunk, Matrix x, Matrix dLogits) {
    Kernels kernels = scratch.kernels();
    Matrix dHead = head.gradient();
    if (dHead != null) {
      kernels.addOuterProduct(dLogits, x, dHead);
    }
    Matrix dStates = states.gradient();
    if (chunk.isContiguous()) {
      Matrix rows = dStates.rows(chunk.row(0), chunk.count);
      kernels.addMatmulTransposed(head.weight(), dLogits, rows);
      return;
    }
    Matrix dx = scratch.variable(chunk.count, states.columns()).value();
    kernels.matmulTransposed(head.weight(), dLogits, dx);
    RowMath math = kernels.rows();
    RowBlocks.forEach(
        kernels.workers(),
        chunk.count,
        dx.columns(),
        i -> math.addScaled(1, dx.rowAddress(i), dStates.rowAddress(chunk.row(i)), dx.columns()));
  }
}
