package fathom.tensor;

/// The queries of one sequence in a step: `rows` rows of the query matrix from `firstRow` on, at
/// the positions from `startPosition` on. Causal: the query at position p sees the stored rows 0 ..
/// p.
///
/// Reusable: a model that decodes moves the same spans on and makes no garbage.
public final class AttentionSpan {
  private int firstRow;
  private int rows;
  private int startPosition;
  private KeyValueRows stored;

  /// A span of queries over the stored rows of their sequence.
  public AttentionSpan(int firstRow, int rows, int startPosition, KeyValueRows stored) {
    this.firstRow = firstRow;
    this.rows = rows;
    this.startPosition = startPosition;
    this.stored = stored;
  }

  /// Places the span anew.
  public void set(int newFirstRow, int newRows, int newStartPosition, KeyValueRows newStored) {
    firstRow = newFirstRow;
    rows = newRows;
    startPosition = newStartPosition;
    stored = newStored;
  }

  /// The query matrix's row of the first query.
  public int firstRow() {
    return firstRow;
  }

  /// Number of queries.
  public int rows() {
    return rows;
  }

  /// Position of the first query.
  public int startPosition() {
    return startPosition;
  }

  /// What the queries look at.
  public KeyValueRows stored() {
    return stored;
  }

  @Override
  public String toString() {
    return "AttentionSpan[firstRow=%d, rows=%d, startPosition=%d]"
        .formatted(firstRow, rows, startPosition);
  }
}
