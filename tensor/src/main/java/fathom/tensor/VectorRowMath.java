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
  public void clear(long y, int count) {
    VectorRows.zero(y, count);
  }
}
