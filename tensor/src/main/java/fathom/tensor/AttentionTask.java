package fathom.tensor;

import java.util.List;

/// Causal softmax attention in vectors, with the softmax computed while the stored rows go by
/// (online): the store is read once, block by block ([StoredBlock]).
///
/// A part is some query rows of one span with some query heads that read the same key/value head;
/// each pair of a query row and a head is a row of the tiles. The order of each pair's sums is
/// given by the positions of the stored rows alone, so that neither the other rows of a span nor
/// the pages of the store change a result.
final class AttentionTask implements Workers.Task {
  /// Query heads in a part; heads beyond make more parts, so that one sequence of a model with a
  /// single key/value head still keeps all threads busy.
  private static final int HEADS = 8;

  /// Pairs of a query row and a head in a part.
  static final int PAIRS = 24;

  final RowTask.Rows q = new RowTask.Rows();
  final RowTask.Rows out = new RowTask.Rows();
  final RowTask.Rows logSumExp = new RowTask.Rows();
  private final Scratch.Pool pool;
  private AttentionShape shape = new AttentionShape(1, 1, 1, 1, 0, 1);
  private List<AttentionSpan> spans = List.of();
  private int[] firstPart = new int[1];
  private int groupHeads;
  private int headBlocks;
  private int rowsInAPart;

  AttentionTask(Scratch.Pool pool) {
    this.pool = pool;
  }

  void set(AttentionShape newShape, List<AttentionSpan> newSpans) {
    shape = newShape;
    spans = newSpans;
    groupHeads = shape.heads() / shape.keyValueHeads();
    headBlocks = (groupHeads + HEADS - 1) / HEADS;
    rowsInAPart = Math.max(1, PAIRS / Math.min(groupHeads, HEADS));
    if (firstPart.length < spans.size() + 1) {
      firstPart = new int[spans.size() + 1];
    }
    for (int i = 0; i < spans.size(); i++) {
      int rowBlocks = (spans.get(i).rows() + rowsInAPart - 1) / rowsInAPart;
      firstPart[i + 1] = firstPart[i] + rowBlocks * shape.keyValueHeads() * headBlocks;
    }
  }

  void setMatrices(Matrix queries, Matrix results, Matrix sums) {
    q.set(queries);
    out.set(results);
    logSumExp.set(sums);
  }

  int parts() {
    return firstPart[spans.size()];
  }

  /// Lets go of the spans and what they store.
  void release() {
    spans = List.of();
  }

  @Override
  public void run(int part) {
    int span = 0;
    while (firstPart[span + 1] <= part) {
      span++;
    }
    int within = part - firstPart[span];
    int perRows = shape.keyValueHeads() * headBlocks;
    int headInGroup = within % headBlocks * HEADS;
    Scratch scratch = pool.take();
    AttentionPart p = scratch.attention;
    p.row = within / perRows * rowsInAPart;
    p.rows = Math.min(rowsInAPart, spans.get(span).rows() - p.row);
    p.head = within % perRows / headBlocks * groupHeads + headInGroup;
    p.heads = Math.min(HEADS, groupHeads - headInGroup);
    p.compute(this, spans.get(span), scratch);
    pool.give(scratch);
  }

  AttentionShape shape() {
    return shape;
  }
}
