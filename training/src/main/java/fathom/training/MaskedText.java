package fathom.training;

import fathom.model.TrainingBatch;
import java.util.Arrays;

/// Tokens of a text, of which the model is to learn only some.
final class MaskedText {
  private final int[] ids;
  private final boolean[] learned;

  /// @param learned for each token whether the model is to learn to write it
  MaskedText(int[] ids, boolean[] learned) {
    assert ids.length == learned.length : ids.length + ", " + learned.length;
    this.ids = ids;
    this.learned = learned;
  }

  /// A given beginning and what the model is to make of it.
  static MaskedText of(int[] prompt, int[] completion) {
    int[] ids = Arrays.copyOf(prompt, prompt.length + completion.length);
    System.arraycopy(completion, 0, ids, prompt.length, completion.length);
    boolean[] learned = new boolean[ids.length];
    Arrays.fill(learned, prompt.length, ids.length, true);
    return new MaskedText(ids, learned);
  }

  /// Rows that a model sees of it: the last token is a target only.
  int rows() {
    return ids.length - 1;
  }

  int[] ids() {
    return ids;
  }

  /// Tokens that are learned.
  int learned() {
    int count = 0;
    for (boolean one : learned) {
      count += one ? 1 : 0;
    }
    return count;
  }

  /// Whether this text goes on where another ends.
  boolean continues(MaskedText other) {
    return ids.length >= other.ids.length
        && Arrays.equals(ids, 0, other.ids.length, other.ids, 0, other.ids.length);
  }

  /// This text, also learning what an earlier one learned of it.
  MaskedText including(MaskedText earlier) {
    boolean[] both = learned.clone();
    for (int i = 0; i < earlier.learned.length; i++) {
      both[i] |= earlier.learned[i];
    }
    return new MaskedText(ids, both);
  }

  /// Writes the rows and their targets at a place of a batch.
  void copyTo(int[] batchIds, int[] targets, int at) {
    System.arraycopy(ids, 0, batchIds, at, rows());
    for (int row = 0; row < rows(); row++) {
      targets[at + row] = learned[row + 1] ? ids[row + 1] : TrainingBatch.NO_TARGET;
    }
  }
}
