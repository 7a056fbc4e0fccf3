package fathom.tensor;

/// Arithmetic on single rows of float32 numbers at addresses, for operations that choose their rows
/// themselves, such as the way of tokens to their experts and back. Nothing is checked here.
public interface RowMath {
  /// Plain loops.
  RowMath PLAIN = new PlainRowMath();

  /// `y += a x`.
  void addScaled(float a, long x, long y, int count);

  /// `y = a x`.
  void setScaled(float a, long x, long y, int count);

  /// `y = a + b`; y may be a or b.
  void add(long a, long b, long y, int count);

  /// The inner product of x and y.
  float dot(long x, long y, int count);

  /// The largest number; NaN if one is NaN.
  float max(long x, int count);

  /// Replaces each number x by `exp(x - max)` and gives the sum.
  float expAndSum(long x, int count, float max);

  /// `inner = silu(gate) · up`.
  void gated(GatedRow row, int count);

  /// `inner = silu(gate) · up`, and scale times the gradients of gate and up.
  void gatedBackward(GatedRow row, float scale, int count);

  /// Sets all to zero.
  void clear(long y, int count);
}
