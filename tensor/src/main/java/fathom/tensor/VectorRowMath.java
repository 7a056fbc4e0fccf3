package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// [RowMath] in vectors.
final class VectorRowMath implements RowMath {
  @Override
  public void addScaled(float a, long x, long y, int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, a);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
          .fma(factor, fromMemorySegment(FLOATS, ALL, y + 4L * i, ORDER))
          .intoMemorySegment(ALL, y + 4L * i, ORDER);
    }
    PLAIN.addScaled(a, x + 4L * whole, y + 4L * whole, count - whole);
  }

  @Override
  public void setScaled(float a, long x, long y, int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, a);
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
          .mul(factor)
          .intoMemorySegment(ALL, y + 4L * i, ORDER);
    }
    PLAIN.setScaled(a, x + 4L * whole, y + 4L * whole, count - whole);
  }

  @Override
  public void add(long a, long b, long y, int count) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
          .add(fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
          .intoMemorySegment(ALL, y + 4L * i, ORDER);
    }
    PLAIN.add(a + 4L * whole, b + 4L * whole, y + 4L * whole, count - whole);
  }

  @Override
  public float dot(long x, long y, int count) {
    return VectorRows.dot(x, y, count);
  }

  @Override
  public float max(long x, int count) {
    return VectorRows.max(x, count);
  }

  @Override
  public float expAndSum(long x, int count, float max) {
    return VectorRows.expAndSum(x, count, max);
  }

  @Override
  public void gated(GatedRow row, int count) {
    long gate = row.gate();
    long up = row.up();
    long inner = row.inner();
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      FloatVector x = fromMemorySegment(FLOATS, ALL, gate + 4L * i, ORDER);
      x.div(VectorMath.exp(x.neg()).add(1))
          .mul(fromMemorySegment(FLOATS, ALL, up + 4L * i, ORDER))
          .intoMemorySegment(ALL, inner + 4L * i, ORDER);
    }
    if (whole < count) {
      PLAIN.gated(row.from(whole), count - whole);
    }
  }

  @Override
  public void gatedBackward(GatedRow row, float scale, int count) {
    long gate = row.gate();
    long inner = row.inner();
    long dGate = row.dGate();
    long dUp = row.dUp();
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      FloatVector x = fromMemorySegment(FLOATS, ALL, gate + 4L * i, ORDER);
      FloatVector up = fromMemorySegment(FLOATS, ALL, row.up() + 4L * i, ORDER);
      FloatVector d = fromMemorySegment(FLOATS, ALL, row.dInner() + 4L * i, ORDER).mul(scale);
      FloatVector s = FloatVector.broadcast(FLOATS, 1).div(VectorMath.exp(x.neg()).add(1));
      FloatVector silu = x.mul(s);
      silu.mul(up).intoMemorySegment(ALL, inner + 4L * i, ORDER);
      FloatVector slope = s.add(silu.mul(s.neg().add(1)));
      d.mul(up).mul(slope).intoMemorySegment(ALL, dGate + 4L * i, ORDER);
      d.mul(silu).intoMemorySegment(ALL, dUp + 4L * i, ORDER);
    }
    if (whole < count) {
      PLAIN.gatedBackward(row.from(whole), scale, count - whole);
    }
  }

  @Override
  public void clear(long y, int count) {
    VectorRows.zero(y, count);
  }
}
