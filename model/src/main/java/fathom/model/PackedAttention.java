package fathom.model;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.KeyValueRows;
import fathom.tensor.Matrix;
import fathom.tensor.RowStorage;
import java.util.ArrayList;
import java.util.List;

/// Causal softmax attention of packed sequences over the keys and values that they bring along.
final class PackedAttention {
  private PackedAttention() {}

  /// q `[tokens, heads * keyDim]` and stored `[tokens, rowWidth]` to `[tokens, heads * valueDim]`.
  static Variable forward(Step step, AttentionShape shape, Variable q, Variable stored) {
    Packing packing = requirePacked(step);
    Tape tape = step.tape();
    Variable out = tape.variable(q.rows(), shape.heads() * shape.valueDim());
    Variable logSumExp = tape.variable(q.rows(), shape.heads());
    List<AttentionSpan> spans = new ArrayList<>();
    for (int sequence = 0; sequence < packing.sequences(); sequence++) {
      int start = packing.start(sequence);
      int length = packing.length(sequence);
      KeyValueRows rows = KeyValueRows.of(stored.value().rows(start, length));
      spans.add(new AttentionSpan(start, length, 0, rows));
    }
    tape.kernels().attention(shape, spans, q.value(), out.value(), logSumExp.value());
    if (tape.isRecording()) {
      // As in V3, attention's operands are not for eight bits; its softmax is computed again from
      // scores less the kept logarithm, which has to be exact.
      q.storeAs(RowStorage.BFLOAT16);
      stored.storeAs(RowStorage.BFLOAT16);
      out.storeAs(RowStorage.BFLOAT16);
      logSumExp.storeAs(RowStorage.FLOAT32);
      tape.record(() -> backward(tape, shape, spans, new Operands(q, stored, out, logSumExp)));
    }
    return out;
  }

  private static Packing requirePacked(Step step) {
    Packing packing = step.packing();
    if (packing == null) {
      throw new IllegalStateException("attention: expected packed sequences, found a cached step");
    }
    return packing;
  }

  private record Operands(Variable q, Variable stored, Variable out, Variable logSumExp) {}

  /// With p the softmax and `dp = dOut · v`: `dScore = p (dp - Σ p dp)`, from which dq, dk and dv
  /// follow; p is recomputed from the kept logarithm of its denominator (arXiv 2205.14135).
  private static void backward(
      Tape tape, AttentionShape shape, List<AttentionSpan> spans, Operands o) {
    List<Matrix> dStored = new ArrayList<>();
    for (AttentionSpan span : spans) {
      dStored.add(o.stored.gradient().rows(span.firstRow(), span.rows()));
    }
    tape.kernels()
        .attentionBackward(
            shape,
            spans,
            new AttentionGradients(
                o.q.value(),
                o.out.value(),
                o.logSumExp.value(),
                o.out.gradient(),
                o.q.gradient(),
                dStored));
  }
}
