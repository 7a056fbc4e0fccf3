package fathom.tensor.x86;

/// Emits `exp(x)` for x <= 0 in vectors of AVX-512: with n = round(x log2 e) and the rest f of x
/// beyond n ln 2, it is 2^n times a polynomial of degree 7 in f (Cephes' expf); off by less than 2
/// units in the last place. NaN stays NaN; what lies below -104 becomes zero.
final class Exponential {
  private static final float[] COEFFICIENTS = {
    0.00019875691f, 0.0013981999f, 0.008333452f, 0.041665796f, 0.16666666f, 0.5f, 1f
  };
  private static final float LN2_HIGH = 0.6933594f, LN2_LOW = -2.12194440e-4f;
  private static final float LOG2_E = 1.442695f, LOWEST = -104f;
  private static final int VECTORS = 9, LEADING = 4;

  private final Assembler a;
  private final int first;

  /// Uses the nine vector registers from `first` on for constants, as far as there are so many; the
  /// other constants lie in registers below 16 from 6 on.
  Exponential(Assembler a, int first) {
    this.a = a;
    this.first = first;
  }

  private Vector constant(int index) {
    return Vector.zmm(index < VECTORS ? first + index : 6 + index - VECTORS);
  }

  void constants() {
    float[] reduction = {LOG2_E, LN2_HIGH, LN2_LOW, LOWEST};
    for (int i = 0; i < reduction.length; i++) {
      KernelFrame.constant(a, constant(i), reduction[i]);
    }
    for (int i = 0; i < COEFFICIENTS.length; i++) {
      KernelFrame.constant(a, constant(LEADING + i), COEFFICIENTS[i]);
    }
  }

  /// `x = exp(x)`; uses `n` and the register two above it.
  void of(Vector x, Vector n) {
    Vector sum = Vector.zmm(n.number() + 2);
    a.vmaxps(x, constant(3), x);
    a.vmulps(n, x, constant(0));
    a.vrndscaleps(n, n, 0);
    a.vfnmadd231ps(x, n, constant(1));
    a.vfnmadd231ps(x, n, constant(2));
    int one = LEADING + COEFFICIENTS.length - 1;
    a.vmovups(sum, constant(LEADING));
    for (int i = LEADING + 1; i <= one; i++) {
      a.vfmadd213ps(sum, x, constant(i));
    }
    a.vfmadd213ps(sum, x, constant(one));
    a.vscalefps(x, sum, n);
  }
}
