package fathom.model;

/// Sequences that lie one after the other in the rows of a batch; each sees only itself.
public final class Packing {
  private final int[] starts;

  /// Sequences of these lengths.
  ///
  /// @throws IllegalArgumentException if there is none, or one is empty
  public Packing(int... lengths) {
    if (lengths.length == 0) {
      throw new IllegalArgumentException("packing: expected at least one sequence, found none");
    }
    starts = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] <= 0) {
        throw new IllegalArgumentException(
            "packing: expected positive lengths, found " + lengths[i]);
      }
      starts[i + 1] = Math.addExact(starts[i], lengths[i]);
    }
  }

  /// Number of sequences.
  public int sequences() {
    return starts.length - 1;
  }

  /// First row of a sequence.
  public int start(int sequence) {
    return starts[sequence];
  }

  /// The row after the last of a sequence.
  public int end(int sequence) {
    return starts[sequence + 1];
  }

  /// Rows of a sequence.
  public int length(int sequence) {
    return end(sequence) - start(sequence);
  }

  /// Rows of all sequences.
  public int rows() {
    return starts[sequences()];
  }

  /// Rows of the longest sequence.
  public int longest() {
    int longest = 0;
    for (int sequence = 0; sequence < sequences(); sequence++) {
      longest = Math.max(longest, length(sequence));
    }
    return longest;
  }
}
