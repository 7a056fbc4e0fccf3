package fathom.tensor;

import java.util.List;

/// The reference: plain loops over dequantised weights. Every other provider is tested against it.
///
/// Sums are kept in double precision, so that the reference is nearer to the truth than what it
/// judges; everything that is stored is float32.
public final class ScalarKernels implements Kernels {
  private final Workers workers;
  private final ScalarAttention attention;

  /// Kernels on the threads of `workers`.
  public ScalarKernels(Workers workers) {
    this.workers = workers;
    this.attention = new ScalarAttention(workers);
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public Workers workers() {
    return workers;
  }

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireMatmul(w, x, y);
    workers.run(
        w.rows(),
        row -> {
          float[] weights = new float[w.columns()];
          Codec.dequantizeRow(w, row, weights);
          for (int t = 0; t < x.rows(); t++) {
            double sum = 0;
            for (int k = 0; k < weights.length; k++) {
              sum += (double) x.get(t, k) * weights[k];
            }
            y.set(t, row, (float) sum);
          }
        });
  }

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireTransposed(w, x, y);
    float[] weights = new float[w.columns()];
    double[][] sums = new double[x.rows()][w.columns()];
    for (int row = 0; row < w.rows(); row++) {
      Codec.dequantizeRow(w, row, weights);
      for (int t = 0; t < x.rows(); t++) {
        addScaledRow(x.get(t, row), weights, sums[t]);
      }
    }
    for (int t = 0; t < x.rows(); t++) {
      for (int k = 0; k < w.columns(); k++) {
        y.set(t, k, (float) (y.get(t, k) + sums[t][k]));
      }
    }
  }

  private static void addScaledRow(float a, float[] row, double[] sums) {
    for (int k = 0; k < row.length; k++) {
      sums[k] += (double) a * row[k];
    }
  }

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {
    Operands.requireOuter(dy, x, dw);
    workers.run(
        dw.rows(),
        row -> {
          for (int k = 0; k < dw.columns(); k++) {
            double sum = dw.get(row, k);
            for (int t = 0; t < dy.rows(); t++) {
              sum += (double) dy.get(t, row) * x.get(t, k);
            }
            dw.set(row, k, (float) sum);
          }
        });
  }

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireGroups(w, groups, x, y);
    for (int g = 0; g < groups.groups(); g++) {
      int start = groups.start(g);
      int size = groups.size(g);
      matmul(w.get(g), x.rows(start, size), y.rows(start, size));
    }
  }

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireTransposedGroups(w, groups, x, y);
    for (int g = 0; g < groups.groups(); g++) {
      int start = groups.start(g);
      int size = groups.size(g);
      addMatmulTransposed(w.get(g), x.rows(start, size), y.rows(start, size));
    }
  }

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    Operands.requireGroupedOuter(groups, dy, x, dw);
    for (int g = 0; g < groups.groups(); g++) {
      int start = groups.start(g);
      int size = groups.size(g);
      addOuterProduct(dy.rows(start, size), x.rows(start, size), dw.get(g));
    }
  }

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireHeads(w, xHeads, x, yHeads, y);
    for (int h = 0; h < w.size(); h++) {
      matmul(
          w.get(h),
          x.columns(xHeads.first(h), xHeads.dim()),
          y.columns(yHeads.first(h), yHeads.dim()));
    }
  }

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireTransposedHeads(w, xHeads, x, yHeads, y);
    for (int h = 0; h < w.size(); h++) {
      addMatmulTransposed(
          w.get(h),
          x.columns(xHeads.first(h), xHeads.dim()),
          y.columns(yHeads.first(h), yHeads.dim()));
    }
  }

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    Operands.requireAttention(shape, spans, q, out, logSumExp);
    for (AttentionSpan span : spans) {
      attention.forward(shape, span, q, out, logSumExp);
    }
  }

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    Operands.requireAttentionBackward(shape, spans, g);
    for (int i = 0; i < spans.size(); i++) {
      attention.backward(shape, spans.get(i), g, g.dStored().get(i));
    }
  }

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {
    Operands.requireGather(table, ids, y);
    float[] row = new float[table.columns()];
    for (int i = 0; i < ids.length; i++) {
      Codec.dequantizeRow(table, ids[i], row);
      y.setRow(i, row);
    }
  }

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {
    Operands.requireRmsNorm(x, weight, y);
    for (int t = 0; t < x.rows(); t++) {
      double scale = inverseRms(x, t, eps);
      for (int k = 0; k < x.columns(); k++) {
        y.set(t, k, (float) (x.get(t, k) * scale * weight.get(0, k)));
      }
    }
  }

  private static double inverseRms(Matrix x, int row, float eps) {
    double squares = 0;
    for (int k = 0; k < x.columns(); k++) {
      squares += (double) x.get(row, k) * x.get(row, k);
    }
    return 1 / Math.sqrt(squares / x.columns() + eps);
  }

  /// With `r = 1 / rms` and `g = dy * weight`: `dx = r g - x r³ mean(g x)` and `dWeight = dy x r`.
  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {
    Operands.requireRmsNormBackward(g);
    Matrix x = g.x();
    for (int t = 0; t < x.rows(); t++) {
      double r = inverseRms(x, t, eps);
      double dot = 0;
      for (int k = 0; k < x.columns(); k++) {
        dot += (double) g.dy().get(t, k) * g.weight().get(0, k) * x.get(t, k);
      }
      double pull = r * r * r * dot / x.columns();
      for (int k = 0; k < x.columns(); k++) {
        double dy = g.dy().get(t, k);
        double xk = x.get(t, k);
        g.dx().set(t, k, (float) (g.dx().get(t, k) + r * dy * g.weight().get(0, k) - xk * pull));
        g.dWeight().set(0, k, (float) (g.dWeight().get(0, k) + dy * xk * r));
      }
    }
  }

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    rotate(table, positions, heads, x, 1);
  }

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    rotate(table, positions, heads, x, -1);
  }

  private static void rotate(
      RotaryTable table, int[] positions, HeadColumns heads, Matrix x, int direction) {
    Operands.requireRope(table, positions, heads, x);
    boolean interleaved = table.layout() == RotaryTable.Layout.INTERLEAVED;
    int pairs = heads.dim() / 2;
    for (int t = 0; t < x.rows(); t++) {
      for (int h = 0; h < heads.heads(); h++) {
        for (int i = 0; i < pairs; i++) {
          int first = heads.first(h) + (interleaved ? 2 * i : i);
          int second = first + (interleaved ? 1 : pairs);
          float cos = table.cos().get(positions[t], i);
          float sin = table.sin().get(positions[t], i) * direction;
          float a = x.get(t, first);
          float b = x.get(t, second);
          x.set(t, first, a * cos - b * sin);
          x.set(t, second, a * sin + b * cos);
        }
      }
    }
  }

  @Override
  public void softmax(Matrix x) {
    for (int t = 0; t < x.rows(); t++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int k = 0; k < x.columns(); k++) {
        max = Math.max(max, x.get(t, k));
      }
      double sum = 0;
      for (int k = 0; k < x.columns(); k++) {
        sum += Math.exp(x.get(t, k) - max);
      }
      for (int k = 0; k < x.columns(); k++) {
        x.set(t, k, (float) (Math.exp(x.get(t, k) - max) / sum));
      }
    }
  }

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {
    Operands.requireSame("siluMul up", gate, up);
    Operands.requireSame("siluMul y", gate, y);
    for (int t = 0; t < gate.rows(); t++) {
      for (int k = 0; k < gate.columns(); k++) {
        double g = gate.get(t, k);
        y.set(t, k, (float) (g * sigmoid(g) * up.get(t, k)));
      }
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    Operands.requireSiluMulBackward(gate, up, dy, dGate, dUp);
    for (int t = 0; t < gate.rows(); t++) {
      for (int k = 0; k < gate.columns(); k++) {
        double g = gate.get(t, k);
        double s = sigmoid(g);
        double d = dy.get(t, k);
        double slope = s * (1 + g * (1 - s));
        dGate.set(t, k, (float) (d * up.get(t, k) * slope));
        dUp.set(t, k, (float) (d * g * s));
      }
    }
  }

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {
    Operands.requireSame("addScaled y", x, y);
    for (int t = 0; t < x.rows(); t++) {
      for (int k = 0; k < x.columns(); k++) {
        y.set(t, k, Math.fma(a, x.get(t, k), y.get(t, k)));
      }
    }
  }
}
