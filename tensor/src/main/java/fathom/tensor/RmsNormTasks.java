package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;

/// RMSNorm and its gradients in vectors.
final class RmsNormTasks {
  private final Workers workers;
  private final Forward forward = new Forward();
  private final BackwardRows backwardRows = new BackwardRows();
  private Matrix partialSums = Matrix.allocate(Arena.ofAuto(), 1, 1);

  RmsNormTasks(Workers workers) {
    this.workers = workers;
  }

  void forward(Matrix x, Matrix weight, float eps, Matrix y) {
    forward.x.set(x);
    forward.y.set(y);
    forward.weight = weight.address();
    forward.eps = eps;
    forward.run(workers, x.rows(), x.columns());
  }

  /// Each part leaves its rows' share of dWeight as a row of partial sums, which are then added up
  /// in their order.
  void backward(RmsNormGradients g, float eps) {
    int rows = g.x().rows();
    int columns = g.x().columns();
    int parts = Math.ceilDiv(rows, BackwardRows.BLOCK);
    if (partialSums.rows() < parts || partialSums.columns() != columns) {
      partialSums = Matrix.allocate(Arena.ofAuto(), Math.max(parts, 1), columns);
    }
    backwardRows.x.set(g.x());
    backwardRows.dy.set(g.dy());
    backwardRows.dx.set(g.dx());
    backwardRows.sums.set(partialSums);
    backwardRows.weight = g.weight().address();
    backwardRows.eps = eps;
    backwardRows.rows = rows;
    backwardRows.columns = columns;
    workers.run(parts, backwardRows);
    for (int part = 0; part < parts; part++) {
      add(partialSums.rowAddress(part), g.dWeight().address(), columns);
    }
  }

  private static void add(long x, long y, int columns) {
    int whole = Lanes.whole(columns);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
          .add(fromMemorySegment(FLOATS, ALL, y + 4L * i, ORDER))
          .intoMemorySegment(ALL, y + 4L * i, ORDER);
    }
    for (int i = whole; i < columns; i++) {
      float sum = NativeMemory.getFloat(x + 4L * i) + NativeMemory.getFloat(y + 4L * i);
      NativeMemory.setFloat(y + 4L * i, sum);
    }
  }

  /// The dot product of two rows, in four interleaved sums.
  private static float dot(long a, long b, int columns) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int step = 4 * Lanes.LENGTH;
    int i = 0;
    for (; i + step <= columns; i += step) {
      long x = a + 4L * i;
      long y = b + 4L * i;
      s0 =
          fromMemorySegment(FLOATS, ALL, x, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, y, ORDER), s0);
      s1 =
          fromMemorySegment(FLOATS, ALL, x + Lanes.BYTES, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, y + Lanes.BYTES, ORDER), s1);
      s2 =
          fromMemorySegment(FLOATS, ALL, x + 2 * Lanes.BYTES, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, y + 2 * Lanes.BYTES, ORDER), s2);
      s3 =
          fromMemorySegment(FLOATS, ALL, x + 3 * Lanes.BYTES, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, y + 3 * Lanes.BYTES, ORDER), s3);
    }
    for (; i + Lanes.LENGTH <= columns; i += Lanes.LENGTH) {
      s0 =
          fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
              .fma(fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER), s0);
    }
    float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
    for (; i < columns; i++) {
      sum = Math.fma(NativeMemory.getFloat(a + 4L * i), NativeMemory.getFloat(b + 4L * i), sum);
    }
    return sum;
  }

  private static float inverseRms(long x, int columns, float eps) {
    return (float) (1 / Math.sqrt((double) dot(x, x, columns) / columns + eps));
  }

  private static final class Forward extends RowTask {
    private final Rows x = new Rows();
    private final Rows y = new Rows();
    private long weight;
    private float eps;

    @Override
    void row(int row) {
      long from = x.at(row);
      long to = y.at(row);
      float scale = inverseRms(from, columns, eps);
      int whole = Lanes.worthwhile(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector v = fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER).mul(scale);
        v.mul(fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER))
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float v = NativeMemory.getFloat(from + 4L * i) * scale;
        NativeMemory.setFloat(to + 4L * i, v * NativeMemory.getFloat(weight + 4L * i));
      }
    }
  }

  /// `dx += r dy weight - x r³ mean(dy weight x)`, and `Σ dy x r` over a block of rows.
  private static final class BackwardRows implements Workers.Task {
    private static final int BLOCK = 64;

    private final RowTask.Rows x = new RowTask.Rows();
    private final RowTask.Rows dy = new RowTask.Rows();
    private final RowTask.Rows dx = new RowTask.Rows();
    private final RowTask.Rows sums = new RowTask.Rows();
    private long weight;
    private float eps;
    private int rows;
    private int columns;

    @Override
    public void run(int part) {
      long sum = sums.at(part);
      VectorRows.zero(sum, columns);
      int end = Math.min((part + 1) * BLOCK, rows);
      for (int row = part * BLOCK; row < end; row++) {
        row(x.at(row), dy.at(row), dx.at(row), sum);
      }
    }

    private void row(long from, long gradient, long to, long sum) {
      float r = inverseRms(from, columns, eps);
      float pull = r * r * r * weightedDot(from, gradient) / columns;
      int whole = Lanes.whole(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector d = fromMemorySegment(FLOATS, ALL, gradient + 4L * i, ORDER).mul(r);
        FloatVector v = fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER);
        FloatVector change =
            d.mul(fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER)).sub(v.mul(pull));
        fromMemorySegment(FLOATS, ALL, to + 4L * i, ORDER)
            .add(change)
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
        d.fma(v, fromMemorySegment(FLOATS, ALL, sum + 4L * i, ORDER))
            .intoMemorySegment(ALL, sum + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float d = NativeMemory.getFloat(gradient + 4L * i) * r;
        float v = NativeMemory.getFloat(from + 4L * i);
        float change = d * NativeMemory.getFloat(weight + 4L * i) - v * pull;
        NativeMemory.setFloat(to + 4L * i, NativeMemory.getFloat(to + 4L * i) + change);
        float total = Math.fma(d, v, NativeMemory.getFloat(sum + 4L * i));
        NativeMemory.setFloat(sum + 4L * i, total);
      }
    }

    private float weightedDot(long from, long gradient) {
      FloatVector sums = FloatVector.zero(FLOATS);
      int whole = Lanes.whole(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector g =
            fromMemorySegment(FLOATS, ALL, gradient + 4L * i, ORDER)
                .mul(fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER));
        sums = g.fma(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER), sums);
      }
      float sum = Lanes.sum(sums);
      for (int i = whole; i < columns; i++) {
        float g = NativeMemory.getFloat(gradient + 4L * i) * NativeMemory.getFloat(weight + 4L * i);
        sum = Math.fma(g, NativeMemory.getFloat(from + 4L * i), sum);
      }
      return sum;
    }
  }
}
