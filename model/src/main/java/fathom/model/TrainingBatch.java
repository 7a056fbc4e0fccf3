package fathom.model;

import java.util.Arrays;

/// Sequences to learn from: packed rows of token ids, for each row the token that should follow,
/// and how much that row counts.
public final class TrainingBatch {
  /// A row without a target: nothing is asked of it.
  public static final int NO_TARGET = -1;

  private final Packing packing;
  private final int[] ids;
  private final int[] targets;
  private final float[] weights;

  /// A batch of rows that all count the same.
  ///
  /// @param ids token ids of all rows
  /// @param targets the id that should follow each row, or [#NO_TARGET]
  public TrainingBatch(Packing packing, int[] ids, int[] targets) {
    this(packing, ids, targets, ones(ids.length));
  }

  /// A batch whose rows count by `weights`.
  ///
  /// @throws IllegalArgumentException if the arrays differ in length
  public TrainingBatch(Packing packing, int[] ids, int[] targets, float[] weights) {
    require("ids", packing.rows(), ids.length);
    require("targets", packing.rows(), targets.length);
    require("weights", packing.rows(), weights.length);
    this.packing = packing;
    this.ids = ids;
    this.targets = targets;
    this.weights = weights;
  }

  /// Whole texts, each row's target being the next row: the last row of a sequence has none.
  public static TrainingBatch of(int[]... sequences) {
    int[] lengths = new int[sequences.length];
    for (int i = 0; i < sequences.length; i++) {
      lengths[i] = sequences[i].length;
    }
    Packing packing = new Packing(lengths);
    int[] ids = new int[packing.rows()];
    int[] targets = new int[packing.rows()];
    for (int i = 0; i < sequences.length; i++) {
      System.arraycopy(sequences[i], 0, ids, packing.start(i), lengths[i]);
      System.arraycopy(sequences[i], 1, targets, packing.start(i), lengths[i] - 1);
      targets[packing.end(i) - 1] = NO_TARGET;
    }
    return new TrainingBatch(packing, ids, targets);
  }

  private static void require(String what, int expected, int found) {
    if (expected != found) {
      throw new IllegalArgumentException(
          "training batch: expected %d %s, found %d".formatted(expected, what, found));
    }
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /// Which rows belong to which sequence.
  public Packing packing() {
    return packing;
  }

  /// Token ids of all rows.
  public int[] ids() {
    return ids;
  }

  /// The id that should follow each row, or [#NO_TARGET].
  public int[] targets() {
    return targets;
  }

  /// How much each row counts.
  public float[] weights() {
    return weights;
  }

  /// Sum of the weights of the rows that have a target.
  public double totalWeight() {
    return totalWeight(targets);
  }

  double totalWeight(int[] someTargets) {
    double total = 0;
    for (int row = 0; row < someTargets.length; row++) {
      total += someTargets[row] == NO_TARGET ? 0 : weights[row];
    }
    return total;
  }

  /// For each row the id `ahead` rows further on in its sequence; [#NO_TARGET] where it ends
  /// before. The row after the last one counts as the last row's target.
  int[] idsAhead(int ahead) {
    int[] result = new int[ids.length];
    for (int sequence = 0; sequence < packing.sequences(); sequence++) {
      int end = packing.end(sequence);
      for (int row = packing.start(sequence); row < end; row++) {
        int at = row + ahead;
        result[row] = at < end ? ids[at] : at == end ? targets[end - 1] : NO_TARGET;
      }
    }
    return result;
  }

  /// For each row the target of the row `ahead` rows further on in its sequence.
  int[] targetsAhead(int ahead) {
    int[] result = new int[ids.length];
    for (int sequence = 0; sequence < packing.sequences(); sequence++) {
      int end = packing.end(sequence);
      for (int row = packing.start(sequence); row < end; row++) {
        result[row] = row + ahead < end ? targets[row + ahead] : NO_TARGET;
      }
    }
    return result;
  }
}
