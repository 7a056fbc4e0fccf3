package fathom.tensor;

/// The reference of [RowMath]: plain loops.
final class PlainRowMath implements RowMath {
  @Override
  public void addScaled(float a, long x, long y, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      float sum = Math.fma(a, NativeMemory.getFloat(x + at), NativeMemory.getFloat(y + at));
      NativeMemory.setFloat(y + at, sum);
    }
  }

  @Override
  public void setScaled(float a, long x, long y, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      NativeMemory.setFloat(y + at, a * NativeMemory.getFloat(x + at));
    }
  }

  @Override
  public void add(long a, long b, long y, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      NativeMemory.setFloat(y + at, NativeMemory.getFloat(a + at) + NativeMemory.getFloat(b + at));
    }
  }

  @Override
  public float dot(long x, long y, int count) {
    double sum = 0;
    for (long at = 0; at < 4L * count; at += 4) {
      sum += (double) NativeMemory.getFloat(x + at) * NativeMemory.getFloat(y + at);
    }
    return (float) sum;
  }

  @Override
  public float max(long x, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (long at = 0; at < 4L * count; at += 4) {
      max = Math.max(max, NativeMemory.getFloat(x + at));
    }
    return max;
  }

  @Override
  public float expAndSum(long x, int count, float max) {
    double sum = 0;
    for (long at = 0; at < 4L * count; at += 4) {
      float power = (float) Math.exp(NativeMemory.getFloat(x + at) - max);
      NativeMemory.setFloat(x + at, power);
      sum += power;
    }
    return (float) sum;
  }

  @Override
  public void gated(GatedRow row, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      float x = NativeMemory.getFloat(row.gate() + at);
      float silu = x / ((float) Math.exp(-x) + 1);
      NativeMemory.setFloat(row.inner() + at, silu * NativeMemory.getFloat(row.up() + at));
    }
  }

  @Override
  public void gatedBackward(GatedRow row, float scale, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      float x = NativeMemory.getFloat(row.gate() + at);
      float up = NativeMemory.getFloat(row.up() + at);
      float d = scale * NativeMemory.getFloat(row.dInner() + at);
      float s = 1 / ((float) Math.exp(-x) + 1);
      float silu = x * s;
      NativeMemory.setFloat(row.inner() + at, silu * up);
      NativeMemory.setFloat(row.dGate() + at, d * up * (s + silu * (1 - s)));
      NativeMemory.setFloat(row.dUp() + at, d * silu);
    }
  }

  @Override
  public void clear(long y, int count) {
    for (long at = 0; at < 4L * count; at += 4) {
      NativeMemory.setFloat(y + at, 0);
    }
  }
}
