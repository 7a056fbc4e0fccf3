package fathom.tensor.x86;

/// Emits `2^t` for t up to [#HIGHEST] in vectors of AVX-512: with n = round(t) and f = t - n, it is
/// 2^n times a polynomial of degree 5 in f, off by less than 4e-7 of the result. NaN stays NaN;
/// what lies below 2^-150 becomes zero. Exponentials of other bases come by scaling t.
final class Exponential {
  static final float LOG2_E = 1.442695f;

  /// Beyond any power that float32 holds.
  static final float HIGHEST = 150f;

  /// Least largest relative error for |f| <= 1/2.
  private static final float[] COEFFICIENTS = {
    0.001327648f, 0.009675541f, 0.05550713f, 0.2402212f, 0.6931469f, 1.0000001f
  };

  private static final float LOWEST = -150f;

  private final Assembler a;
  private final int first;

  /// Uses the seven vector registers from `first` on for constants.
  Exponential(Assembler a, int first) {
    this.a = a;
    this.first = first;
  }

  private Vector constant(int index) {
    return Vector.zmm(first + index);
  }

  void constants() {
    for (int i = 0; i < COEFFICIENTS.length; i++) {
      KernelFrame.constant(a, constant(i), COEFFICIENTS[i]);
    }
    KernelFrame.constant(a, constant(COEFFICIENTS.length), LOWEST);
  }

  /// `x = 2^x`; uses `n` and the register two above it.
  void powerOfTwo(Vector x, Vector n) {
    Vector sum = Vector.zmm(n.number() + 2);
    a.vmaxps(x, constant(COEFFICIENTS.length), x);
    a.vrndscaleps(n, x, 0);
    a.vsubps(x, x, n);
    a.vmovups(sum, constant(0));
    for (int i = 1; i < COEFFICIENTS.length; i++) {
      a.vfmadd213ps(sum, x, constant(i));
    }
    a.vscalefps(x, sum, n);
  }
}
