package fathom.tensor.x86;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.RowMath;
import fathom.tensor.Workers;
import java.util.List;

/// Attention's gradients in BF16; a part is one span with one key/value head, which writes its own
/// columns only.
final class TileAttentionBackward {
  private final Workers workers;
  private final ThreadLocal<AttentionBackwardWork> works;

  TileAttentionBackward(Workers workers, KernelSet kernels, RowMath math) {
    this.workers = workers;
    works = ThreadLocal.withInitial(() -> new AttentionBackwardWork(kernels, math));
  }

  /// Whether no two parts write the same numbers: heads have columns of their own, spans gradients
  /// of their own.
  static boolean serves(AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    boolean apart = shape.valueOffset() >= shape.keyValueHeads() * shape.keyDim();
    if (shape.keyValueHeads() > 1 && !apart) {
      return false;
    }
    for (int i = 1; i < spans.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (g.dStored().get(i).address() == g.dStored().get(j).address()) {
          return false;
        }
      }
    }
    return true;
  }

  void run(AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    int heads = shape.keyValueHeads();
    workers.run(
        spans.size() * heads,
        part -> {
          int span = part / heads;
          if (spans.get(span).rows() > 0) {
            works.get().run(shape, spans.get(span), part % heads, g, g.dStored().get(span));
          }
        });
  }
}
