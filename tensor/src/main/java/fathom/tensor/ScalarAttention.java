package fathom.tensor;

/// Causal softmax attention in plain loops, and its gradients.
///
/// With `s_j = scale q·k_j`, `p = softmax(s)` and `o = Σ p_j v_j`: `dv_j = p_j do`, `ds_j = p_j
/// (do·v_j - do·o)`, `dq = scale Σ ds_j k_j`, `dk_j = scale ds_j q`.
final class ScalarAttention {
  private final Workers workers;

  ScalarAttention(Workers workers) {
    this.workers = workers;
  }

  void forward(AttentionShape shape, AttentionSpan span, Matrix q, Matrix out, Matrix logSumExp) {
    workers.run(
        span.rows() * shape.heads(),
        part -> {
          int row = span.firstRow() + part / shape.heads();
          int head = part % shape.heads();
          int seen = span.startPosition() + part / shape.heads() + 1;
          float[] query = q.columns(head * shape.keyDim(), shape.keyDim()).toArray(row);
          double[] scores = scores(shape, span.stored(), head, query, seen);
          double max = Double.NEGATIVE_INFINITY;
          for (double score : scores) {
            max = Math.max(max, score);
          }
          double sum = 0;
          for (int j = 0; j < seen; j++) {
            scores[j] = Math.exp(scores[j] - max);
            sum += scores[j];
          }
          logSumExp.set(row, head, (float) (max + Math.log(sum)));
          int firstValue = shape.valueOffset() + shape.keyValueHead(head) * shape.valueDim();
          for (int i = 0; i < shape.valueDim(); i++) {
            double value = 0;
            for (int j = 0; j < seen; j++) {
              value += scores[j] * stored(span.stored(), j, firstValue + i);
            }
            out.set(row, head * shape.valueDim() + i, (float) (value / sum));
          }
        });
  }

  private static double[] scores(
      AttentionShape shape, KeyValueRows rows, int head, float[] query, int seen) {
    int firstKey = shape.keyValueHead(head) * shape.keyDim();
    double[] scores = new double[seen];
    for (int j = 0; j < seen; j++) {
      double dot = 0;
      for (int i = 0; i < query.length; i++) {
        dot += (double) query[i] * stored(rows, j, firstKey + i);
      }
      scores[j] = dot * shape.scale();
    }
    return scores;
  }

  /// Gradients of one span; rows, then heads, one after the other.
  void backward(AttentionShape shape, AttentionSpan span, AttentionGradients g, Matrix dStored) {
    for (int r = 0; r < span.rows(); r++) {
      for (int head = 0; head < shape.heads(); head++) {
        backward(shape, span, g, dStored, r * shape.heads() + head);
      }
    }
  }

  private static void backward(
      AttentionShape shape, AttentionSpan span, AttentionGradients g, Matrix dStored, int part) {
    int row = span.firstRow() + part / shape.heads();
    int head = part % shape.heads();
    int seen = span.startPosition() + part / shape.heads() + 1;
    int firstKey = shape.keyValueHead(head) * shape.keyDim();
    int firstValue = shape.valueOffset() + shape.keyValueHead(head) * shape.valueDim();
    float[] query = g.q().columns(head * shape.keyDim(), shape.keyDim()).toArray(row);
    float[] dOut = g.dOut().columns(head * shape.valueDim(), shape.valueDim()).toArray(row);
    float[] out = g.out().columns(head * shape.valueDim(), shape.valueDim()).toArray(row);
    double outDot = 0;
    for (int i = 0; i < out.length; i++) {
      outDot += (double) out[i] * dOut[i];
    }
    double[] scores = scores(shape, span.stored(), head, query, seen);
    for (int j = 0; j < seen; j++) {
      double p = Math.exp(scores[j] - g.logSumExp().get(row, head));
      double valueDot = 0;
      for (int i = 0; i < dOut.length; i++) {
        valueDot += (double) dOut[i] * stored(span.stored(), j, firstValue + i);
        add(dStored, j, firstValue + i, p * dOut[i]);
      }
      double dScore = p * (valueDot - outDot) * shape.scale();
      for (int i = 0; i < query.length; i++) {
        add(
            g.dQ(),
            row,
            head * shape.keyDim() + i,
            dScore * stored(span.stored(), j, firstKey + i));
        add(dStored, j, firstKey + i, dScore * query[i]);
      }
    }
  }

  private static void add(Matrix m, int row, int column, double value) {
    m.set(row, column, (float) (m.get(row, column) + value));
  }

  /// One number of a stored row.
  private static float stored(KeyValueRows rows, int row, int column) {
    int page = row / rows.pageRows();
    long start = rows.pageAddress(page) + row % rows.pageRows() * rows.rowBytes();
    return switch (rows.type()) {
      case F32 -> NativeMemory.getFloat(start + 4L * column);
      case F16 -> Float.float16ToFloat(NativeMemory.getShort(start + 2L * column));
      case BF16 -> SmallFloats.bf16ToFloat(NativeMemory.getShort(start + 2L * column));
      default -> throw new IllegalArgumentException("stored rows: " + rows.type());
    };
  }
}
