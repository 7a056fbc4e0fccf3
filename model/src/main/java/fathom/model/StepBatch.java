package fathom.model;

import java.util.List;

/// One step's work: the tokens of a batch of sequences, each with a span of rows (many at prefill,
/// one at decode), and the rows whose logits are wanted.
///
/// Reusable: the caller fills the same arrays again for the next step.
public final class StepBatch {
  private final int[] ids;
  private final List<Span> spans;
  private final int[] outputRows;

  /// A step over `ids`; the spans cover all rows, in order, without gaps.
  ///
  /// @throws IllegalArgumentException if they do not, if a cache is too small or an output row is
  ///   out of range
  public StepBatch(int[] ids, List<Span> spans, int[] outputRows) {
    this.ids = ids;
    this.spans = spans;
    this.outputRows = outputRows;
    check();
  }

  /// Checks the batch again after its ids, spans or output rows were changed for the next step.
  ///
  /// @throws IllegalArgumentException as the constructor
  public void check() {
    int row = 0;
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      if (span.firstRow() != row || span.rows() <= 0) {
        throw new IllegalArgumentException(
            "step: expected a span from row %d on, found %s".formatted(row, span));
      }
      if (span.cache().capacity() < span.startPosition() + span.rows()) {
        throw new IllegalArgumentException(
            "step: expected cache for %d tokens, found %d"
                .formatted(span.startPosition() + span.rows(), span.cache().capacity()));
      }
      row += span.rows();
    }
    if (row != ids.length) {
      throw new IllegalArgumentException(
          "step: expected spans over %d rows, found %d".formatted(ids.length, row));
    }
    for (int output : outputRows) {
      if (output < 0 || output >= row) {
        throw new IllegalArgumentException(
            "step: expected output rows below %d, found %d".formatted(row, output));
      }
    }
  }

  /// Token ids of all rows.
  public int[] ids() {
    return ids;
  }

  /// The sequences' spans, in the order of their rows.
  public List<Span> spans() {
    return spans;
  }

  /// Rows whose logits are wanted, in ascending order.
  public int[] outputRows() {
    return outputRows;
  }

  /// Rows of the batch.
  public int rows() {
    return ids.length;
  }
}
