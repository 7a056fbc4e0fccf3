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
  private final BackwardWeight backwardWeight = new BackwardWeight();
  private Matrix factors = Matrix.allocate(Arena.ofAuto(), 1, 2);

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

  /// First the rows of dx, each of which leaves its two factors; then dWeight, whose columns take
  /// the tokens in their order.
  void backward(RmsNormGradients g, float eps) {
    int rows = g.x().rows();
    if (factors.rows() < rows) {
      factors = Matrix.allocate(Arena.ofAuto(), rows, 2);
    }
    backwardRows.x.set(g.x());
    backwardRows.dy.set(g.dy());
    backwardRows.dx.set(g.dx());
    backwardRows.factors.set(factors);
    backwardRows.weight = g.weight().address();
    backwardRows.eps = eps;
    backwardRows.run(workers, rows, g.x().columns());
    backwardWeight.x.set(g.x());
    backwardWeight.dy.set(g.dy());
    backwardWeight.factors.set(factors);
    backwardWeight.dWeight = g.dWeight().address();
    backwardWeight.rows = rows;
    backwardWeight.columns = g.x().columns();
    workers.run(backwardWeight.parts(), backwardWeight);
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
      int whole = Lanes.whole(columns);
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

  /// `dx += r dy weight - x r³ mean(dy weight x)`.
  private static final class BackwardRows extends RowTask {
    private final Rows x = new Rows();
    private final Rows dy = new Rows();
    private final Rows dx = new Rows();
    private final Rows factors = new Rows();
    private long weight;
    private float eps;

    @Override
    void row(int row) {
      long from = x.at(row);
      long gradient = dy.at(row);
      long to = dx.at(row);
      float r = inverseRms(from, columns, eps);
      NativeMemory.setFloat(factors.at(row), r);
      float pull = r * r * r * weightedDot(from, gradient) / columns;
      int whole = Lanes.whole(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector g =
            fromMemorySegment(FLOATS, ALL, gradient + 4L * i, ORDER)
                .mul(fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER))
                .mul(r);
        FloatVector change = g.sub(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER).mul(pull));
        fromMemorySegment(FLOATS, ALL, to + 4L * i, ORDER)
            .add(change)
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float g =
            NativeMemory.getFloat(gradient + 4L * i) * NativeMemory.getFloat(weight + 4L * i) * r;
        float change = g - NativeMemory.getFloat(from + 4L * i) * pull;
        NativeMemory.setFloat(to + 4L * i, NativeMemory.getFloat(to + 4L * i) + change);
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

  /// `dWeight += Σ dy x r`, in blocks of columns.
  private static final class BackwardWeight implements Workers.Task {
    private static final int BLOCK = 128;

    private final RowTask.Rows x = new RowTask.Rows();
    private final RowTask.Rows dy = new RowTask.Rows();
    private final RowTask.Rows factors = new RowTask.Rows();
    private long dWeight;
    private int rows;
    private int columns;

    int parts() {
      return (columns + BLOCK - 1) / BLOCK;
    }

    @Override
    public void run(int part) {
      int first = part * BLOCK;
      int end = Math.min(first + BLOCK, columns);
      int whole = first + Lanes.whole(end - first);
      for (int row = 0; row < rows; row++) {
        long from = x.at(row);
        long gradient = dy.at(row);
        float r = NativeMemory.getFloat(factors.at(row));
        for (int i = first; i < whole; i += Lanes.LENGTH) {
          FloatVector v = fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER).mul(r);
          FloatVector sum =
              fromMemorySegment(FLOATS, ALL, gradient + 4L * i, ORDER)
                  .fma(v, fromMemorySegment(FLOATS, ALL, dWeight + 4L * i, ORDER));
          sum.intoMemorySegment(ALL, dWeight + 4L * i, ORDER);
        }
        for (int i = whole; i < end; i++) {
          float v = NativeMemory.getFloat(from + 4L * i) * r;
          float sum = NativeMemory.getFloat(dWeight + 4L * i);
          sum = Math.fma(NativeMemory.getFloat(gradient + 4L * i), v, sum);
          NativeMemory.setFloat(dWeight + 4L * i, sum);
        }
      }
    }
  }
}
