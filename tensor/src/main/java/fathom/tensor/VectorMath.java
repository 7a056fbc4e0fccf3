package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The exponential function in vectors and, for what is left over, in scalars: the same operations
/// in the same order, so that a number's result does not depend on where it stands. (The JDK's own
/// vector exp is not the same function in interpreted and in compiled code.)
///
/// `exp(x) = 2^n exp(r)` with `n = round(x / ln 2)`; `|r| <= ln 2 / 2` is what remains after
/// subtracting n ln 2 in two pieces; exp(r) is the polynomial of degree 7 that Cephes' `expf` uses.
/// The error is below 2 units in the last place.
final class VectorMath {
  private static final float LOWEST = -104;
  private static final float HIGHEST = 89;
  private static final float LOG2_E = (float) 1.4426950408889634;
  private static final float LN2_HIGH = 355f / 512;
  private static final float LN2_LOW = (float) -2.12194440e-4;
  // Adding it moves the integer part of a number to the lowest bits of the mantissa.
  private static final float ROUNDER = 0x1.8p23f;
  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
  private static final float C2 = (float) 5.0000001201e-1;
  private static final float C3 = (float) 1.6666665459e-1;
  private static final float C4 = (float) 4.1665795894e-2;
  private static final float C5 = (float) 8.3334519073e-3;
  private static final float C6 = (float) 1.3981999507e-3;
  private static final float C7 = (float) 1.9875691500e-4;

  private VectorMath() {}

  /// e to the power of each lane.
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(LOWEST).min(HIGHEST);
    FloatVector shifted =
        clamped.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUNDER));
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, C7);
    p = p.fma(r, FloatVector.broadcast(FLOATS, C6));
    p = p.fma(r, FloatVector.broadcast(FLOATS, C5));
    p = p.fma(r, FloatVector.broadcast(FLOATS, C4));
    p = p.fma(r, FloatVector.broadcast(FLOATS, C3));
    p = p.fma(r, FloatVector.broadcast(FLOATS, C2));
    p = p.fma(r.mul(r), r).add(1);
    // 2^n in two factors, so that neither overflows nor is subnormal.
    var power = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
    var half = power.lanewise(VectorOperators.ASHR, 1);
    FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector second =
        power.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(first).mul(second);
  }

  /// e to the power of `x`, bit for bit as the vectors have it.
  static float exp(float x) {
    float clamped = Math.min(Math.max(x, LOWEST), HIGHEST);
    float shifted = Math.fma(clamped, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_HIGH, clamped);
    r = Math.fma(n, -LN2_LOW, r);
    float p = Math.fma(C7, r, C6);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r * r, r) + 1;
    int power = Float.floatToRawIntBits(shifted) - ROUNDER_BITS;
    int half = power >> 1;
    float first = Float.intBitsToFloat((half + 127) << 23);
    float second = Float.intBitsToFloat((power - half + 127) << 23);
    return p * first * second;
  }
}
