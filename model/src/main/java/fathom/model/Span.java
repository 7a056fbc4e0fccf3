package fathom.model;

/// The tokens that one sequence brings to a step: `rows` rows of the batch from `firstRow` on, at
/// the positions from `startPosition` on. Its cache must have room for `startPosition + rows`
/// tokens.
///
/// Reusable: whoever decodes token after token moves the same span on and makes no garbage.
public final class Span {
  private int firstRow;
  private int rows;
  private int startPosition;
  private final BlockTable cache;

  /// A span of the sequence whose cache this is.
  public Span(int firstRow, int rows, int startPosition, BlockTable cache) {
    this.firstRow = firstRow;
    this.rows = rows;
    this.startPosition = startPosition;
    this.cache = cache;
  }

  /// The batch's row of the first token.
  public int firstRow() {
    return firstRow;
  }

  /// Number of tokens.
  public int rows() {
    return rows;
  }

  /// Position of the first token in its sequence.
  public int startPosition() {
    return startPosition;
  }

  /// The cache of the sequence.
  public BlockTable cache() {
    return cache;
  }

  /// Places the span anew, for the next step.
  public void move(int newFirstRow, int newRows, int newStartPosition) {
    firstRow = newFirstRow;
    rows = newRows;
    startPosition = newStartPosition;
  }

  @Override
  public String toString() {
    return "Span[firstRow=%d, rows=%d, startPosition=%d]".formatted(firstRow, rows, startPosition);
  }
}
