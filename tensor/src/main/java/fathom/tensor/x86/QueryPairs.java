package fathom.tensor.x86;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;

/// Pairs of a query row and a query head, of one span and key/value head: counted row by row, and
/// within a row over the heads of the group. Reused.
final class QueryPairs {
  private int group = 1;
  private int keyValueHead;
  private int firstRow;
  private int startPosition;
  private int first;
  private int count;

  /// Query heads that read one key/value head.
  static int group(AttentionShape shape) {
    return shape.heads() / shape.keyValueHeads();
  }

  /// Pairs from `newFirst` on, at most `most`.
  void set(AttentionShape shape, AttentionSpan span, int head, int newFirst, int most) {
    group = group(shape);
    keyValueHead = head;
    firstRow = span.firstRow();
    startPosition = span.startPosition();
    first = newFirst;
    count = Math.min(most, span.rows() * group - first);
  }

  int count() {
    return count;
  }

  int row(int pair) {
    return firstRow + (first + pair) / group;
  }

  int head(int pair) {
    return keyValueHead * group + (first + pair) % group;
  }

  /// Positions that a pair sees, of the `among` ones from `position` on; none beyond the last pair.
  int seen(int pair, int position, int among) {
    return pair < count
        ? Math.clamp(startPosition + (first + pair) / group + 1 - position, 0, among)
        : 0;
  }

  /// Positions that the last pair sees.
  int end() {
    return startPosition + (first + count - 1) / group + 1;
  }

  /// Pairs from one on, at most `most`, whose rows in a matrix lie at equal distances.
  int run(int pair, int most) {
    int left = Math.min(count - pair, most);
    return group == 1 ? left : Math.min(left, group - (first + pair) % group);
  }

  /// Bytes between the rows of a run, in a matrix with `columns` for each head.
  long distance(Matrix m, int columns) {
    return 4L * (group == 1 ? m.stride() : columns);
  }

  /// Where a pair's `columns` begin.
  long address(Matrix m, int columns, int pair) {
    return m.rowAddress(row(pair)) + 4L * head(pair) * columns;
  }

  /// Copies all pairs' columns side by side.
  void gather(Matrix m, int columns, long target) {
    for (int pair = 0; pair < count; pair++) {
      MemorySegment.copy(
          NativeMemory.ALL,
          address(m, columns, pair),
          NativeMemory.ALL,
          target + 4L * pair * columns,
          4L * columns);
    }
  }
}
