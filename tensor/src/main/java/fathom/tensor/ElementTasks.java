package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// The elementwise operations and the softmax of rows, in vectors.
final class ElementTasks {
  private final Workers workers;
  private final SiluMul siluMul = new SiluMul();
  private final SiluMulBackward siluMulBackward = new SiluMulBackward();
  private final AddScaled addScaled = new AddScaled();
  private final Softmax softmax = new Softmax();

  ElementTasks(Workers workers) {
    this.workers = workers;
  }

  void siluMul(Matrix gate, Matrix up, Matrix y) {
    siluMul.gate.set(gate);
    siluMul.up.set(up);
    siluMul.y.set(y);
    siluMul.run(workers, gate.rows(), gate.columns());
  }

  void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    siluMulBackward.gate.set(gate);
    siluMulBackward.up.set(up);
    siluMulBackward.dy.set(dy);
    siluMulBackward.dGate.set(dGate);
    siluMulBackward.dUp.set(dUp);
    siluMulBackward.run(workers, gate.rows(), gate.columns());
  }

  void addScaled(float a, Matrix x, Matrix y) {
    addScaled.a = a;
    addScaled.x.set(x);
    addScaled.y.set(y);
    addScaled.run(workers, x.rows(), x.columns());
  }

  void softmax(Matrix x) {
    softmax.x.set(x);
    softmax.run(workers, x.rows(), x.columns());
  }

  private static final class SiluMul extends RowTask {
    private final Rows gate = new Rows();
    private final Rows up = new Rows();
    private final Rows y = new Rows();

    @Override
    void row(int row) {
      long g = gate.at(row);
      long u = up.at(row);
      long to = y.at(row);
      int whole = Lanes.worthwhile(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector v = fromMemorySegment(FLOATS, ALL, g + 4L * i, ORDER);
        FloatVector silu = v.div(VectorMath.exp(v.neg()).add(1));
        silu.mul(fromMemorySegment(FLOATS, ALL, u + 4L * i, ORDER))
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float v = NativeMemory.getFloat(g + 4L * i);
        float silu = v / (VectorMath.exp(-v) + 1);
        NativeMemory.setFloat(to + 4L * i, silu * NativeMemory.getFloat(u + 4L * i));
      }
    }
  }

  /// With `s = sigmoid(gate)`: `dUp = dy gate s`, `dGate = dy up s (1 + gate (1 - s))`.
  private static final class SiluMulBackward extends RowTask {
    private final Rows gate = new Rows();
    private final Rows up = new Rows();
    private final Rows dy = new Rows();
    private final Rows dGate = new Rows();
    private final Rows dUp = new Rows();

    @Override
    void row(int row) {
      int whole = Lanes.whole(columns);
      long g = gate.at(row);
      long u = up.at(row);
      long d = dy.at(row);
      long toGate = dGate.at(row);
      long toUp = dUp.at(row);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        FloatVector x = fromMemorySegment(FLOATS, ALL, g + 4L * i, ORDER);
        FloatVector gradient = fromMemorySegment(FLOATS, ALL, d + 4L * i, ORDER);
        FloatVector below = VectorMath.exp(x.neg()).add(1);
        FloatVector s = FloatVector.broadcast(FLOATS, 1).div(below);
        FloatVector silu = x.mul(s);
        FloatVector slope = s.add(silu.mul(s.neg().add(1)));
        FloatVector upward = gradient.mul(fromMemorySegment(FLOATS, ALL, u + 4L * i, ORDER));
        upward.mul(slope).intoMemorySegment(ALL, toGate + 4L * i, ORDER);
        gradient.mul(silu).intoMemorySegment(ALL, toUp + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float x = NativeMemory.getFloat(g + 4L * i);
        float gradient = NativeMemory.getFloat(d + 4L * i);
        float s = 1 / (VectorMath.exp(-x) + 1);
        float silu = x * s;
        float slope = s + silu * (1 - s);
        float upward = gradient * NativeMemory.getFloat(u + 4L * i);
        NativeMemory.setFloat(toGate + 4L * i, upward * slope);
        NativeMemory.setFloat(toUp + 4L * i, gradient * silu);
      }
    }
  }

  private static final class AddScaled extends RowTask {
    private final Rows x = new Rows();
    private final Rows y = new Rows();
    private float a;

    @Override
    void row(int row) {
      long from = x.at(row);
      long to = y.at(row);
      FloatVector factor = FloatVector.broadcast(FLOATS, a);
      int whole = Lanes.whole(columns);
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER)
            .fma(factor, fromMemorySegment(FLOATS, ALL, to + 4L * i, ORDER))
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
      for (int i = whole; i < columns; i++) {
        float sum =
            Math.fma(NativeMemory.getFloat(from + 4L * i), a, NativeMemory.getFloat(to + 4L * i));
        NativeMemory.setFloat(to + 4L * i, sum);
      }
    }
  }

  private static final class Softmax extends RowTask {
    private final Rows x = new Rows();

    @Override
    void row(int row) {
      long at = x.at(row);
      float max = VectorRows.max(at, columns);
      float sum = VectorRows.expAndSum(at, columns, max);
      PlainDecoder.scale(at, columns, 1 / sum);
    }
  }
}
