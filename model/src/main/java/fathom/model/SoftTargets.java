package fathom.model;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import org.jspecify.annotations.Nullable;

/// A teacher whose doubts a student learns beside the right tokens (Hinton, Vinyals and Dean, 2015):
/// with the teacher's and the student's distributions at temperature T, a row's loss is
///
///     (1 - α) · (- log p(target)) + α · T² · KL(p_teacher,T ‖ p_student,T)
///
/// whose gradient by the student's logits is `α · T · (p_student,T - p_teacher,T)` for the second
/// part: T² keeps the two parts' gradients of one size whatever T is.
public final class SoftTargets {
  private final TrainingPass teacher;
  private final float weight;
  private final float temperature;
  private double[] divergences = new double[0];
  private @Nullable Variable states;

  /// @param teacher over a model with the student's vocabulary; its parameters stay as they are
  /// @param weight α, from 0 to 1
  /// @param temperature T, positive
  /// @throws IllegalArgumentException if weight or temperature are out of range
  public SoftTargets(TrainingPass teacher, float weight, float temperature) {
    if (!(weight >= 0 && weight <= 1) || !(temperature > 0)) {
      throw new IllegalArgumentException(
          "soft targets: expected a weight in [0, 1] and a positive temperature, found %s, %s"
              .formatted(weight, temperature));
    }
    this.teacher = teacher;
    this.weight = weight;
    this.temperature = temperature;
  }

  /// α.
  float weight() {
    return weight;
  }

  /// @throws IllegalArgumentException if the teacher has another vocabulary
  void requireVocabulary(int ids) {
    if (teacher.head().rows() != ids) {
      throw new IllegalArgumentException(
          "soft targets: expected a teacher with %d ids, found %d"
              .formatted(ids, teacher.head().rows()));
    }
  }

  /// Has the teacher read a batch.
  void read(TrainingBatch batch) {
    states = teacher.read(batch);
    divergences = new double[batch.ids().length];
  }

  /// T² times the mean divergence of the rows last learned from, by their weights.
  double divergence(CrossEntropy rows) {
    double sum = 0;
    for (int row = 0; row < divergences.length; row++) {
      sum += divergences[row] * rows.share(row);
    }
    return sum * temperature * temperature;
  }

  /// The teacher's distributions for some rows, in memory of `scratch`.
  Matrix distributions(Tape scratch, int[] rows, int from, int count) {
    if (states == null) {
      throw new IllegalStateException("soft targets: expected a batch that was read, found none");
    }
    Kernels kernels = scratch.kernels();
    Parameter head = teacher.head();
    Matrix x = scratch.variable(count, states.columns()).value();
    for (int i = 0; i < count; i++) {
      RowOperations.copy(states.value(), rows[from + i], x, i, 0);
    }
    Matrix logits = scratch.variable(count, head.rows()).value();
    kernels.matmul(head.weight(), x, logits);
    RowOperations.forEachRow(
        kernels.workers(),
        count,
        i -> RowOperations.scale(1 / temperature, logits.rowAddress(i), logits.columns()));
    kernels.softmax(logits);
    return logits;
  }

  /// The student's distribution at T, from `exp(z - largest)` of its logits.
  float[] student(Matrix exponentials, int at) {
    float[] p = exponentials.toArray(at);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      p[i] = temperature == 1 ? p[i] : (float) Math.pow(p[i], 1 / temperature);
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] = (float) (p[i] / sum);
    }
    return p;
  }

  /// Adds to a row's gradient by its logits what the teacher has to say.
  ///
  /// @param share of the row in the loss, with the loss's scale
  void add(int row, float[] student, Matrix teachers, int at, float share, Matrix dLogits) {
    float factor = share * weight * temperature;
    double divergence = 0;
    for (int i = 0; i < student.length; i++) {
      float p = teachers.get(at, i);
      dLogits.set(at, i, dLogits.get(at, i) + factor * (student[i] - p));
      // What underflowed in the student is bounded by what a float can hold.
      double q = Math.max(student[i], Float.MIN_NORMAL);
      divergence += p == 0 ? 0 : p * Math.log(p / q);
    }
    divergences[row] = divergence;
  }
}
