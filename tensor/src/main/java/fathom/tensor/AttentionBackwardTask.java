package fathom.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Attention's gradients in vectors ([ScalarAttention] has the formulas). A part is one key/value
/// head of one span: only it writes that head's columns of the span's gradient. Where columns or
/// spans overlap, all of them are one part.
final class AttentionBackwardTask implements Workers.Task {
  private static final int PAIRS = 48;

  private final Scratch.Pool pool;
  private AttentionShape shape = new AttentionShape(1, 1, 1, 1, 0, 1);
  private List<AttentionSpan> spans = List.of();
  private @Nullable AttentionGradients gradients;
  private boolean headsApart;
  private boolean spansApart;

  AttentionBackwardTask(Scratch.Pool pool) {
    this.pool = pool;
  }

  void set(AttentionShape newShape, List<AttentionSpan> newSpans, AttentionGradients g) {
    shape = newShape;
    spans = newSpans;
    gradients = g;
    headsApart =
        shape.keyValueHeads() == 1 || shape.valueOffset() >= shape.keyValueHeads() * shape.keyDim();
    spansApart = true;
    for (int i = 0; i < spans.size(); i++) {
      for (int j = 0; j < i; j++) {
        spansApart &= !overlap(g.dStored().get(i), g.dStored().get(j), rows(i), rows(j));
      }
    }
    for (int i = 0; i < spans.size(); i++) {
      for (int j = 0; j < i; j++) {
        AttentionSpan a = spans.get(i);
        AttentionSpan b = spans.get(j);
        spansApart &=
            a.firstRow() + a.rows() <= b.firstRow() || b.firstRow() + b.rows() <= a.firstRow();
      }
    }
  }

  private int rows(int span) {
    return spans.get(span).startPosition() + spans.get(span).rows();
  }

  private static boolean overlap(Matrix a, Matrix b, int aRows, int bRows) {
    return a.address() < b.address() + 4L * b.stride() * bRows
        && b.address() < a.address() + 4L * a.stride() * aRows;
  }

  /// Lets go of the spans and gradients.
  void release() {
    spans = List.of();
    gradients = null;
  }

  int parts() {
    return (spansApart ? spans.size() : 1) * (headsApart ? shape.keyValueHeads() : 1);
  }

  @Override
  public void run(int part) {
    int headParts = headsApart ? shape.keyValueHeads() : 1;
    Scratch scratch = pool.take();
    for (int span = 0; span < spans.size(); span++) {
      for (int head = 0; head < shape.keyValueHeads(); head++) {
        boolean mine =
            (!spansApart || span == part / headParts) && (!headsApart || head == part % headParts);
        if (mine) {
          runHead(span, head, scratch);
        }
      }
    }
    pool.give(scratch);
  }

  private void runHead(int span, int keyValueHead, Scratch scratch) {
    AttentionGradients g = gradients;
    if (g == null) {
      throw new IllegalStateException("attention backward: expected its gradients to be set");
    }
    int group = shape.heads() / shape.keyValueHeads();
    int rowsAtOnce = Math.max(1, PAIRS / group);
    AttentionSpan s = spans.get(span);
    AttentionBackwardPart part = scratch.attentionBackward;
    part.head = keyValueHead * group;
    part.heads = group;
    for (int row = 0; row < s.rows(); row += rowsAtOnce) {
      part.row = row;
      part.rows = Math.min(rowsAtOnce, s.rows() - row);
      part.compute(shape, s, g, g.dStored().get(span), scratch);
    }
  }
}
