package fathom.evaluation.math;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// A complex number of about eighty decimal digits with the elementary functions. Everything rests
/// on one exponential: halve the argument until the Taylor series is short, then square back. The
/// logarithm is Newton's (Halley's) iteration on it, the circular functions are Euler's formula.
///
/// @param re the real part
/// @param im the imaginary part
record ComplexDecimal(BigDecimal re, BigDecimal im) {
  static final ComplexDecimal ZERO = real(0);
  static final ComplexDecimal ONE = real(1);
  static final ComplexDecimal I = new ComplexDecimal(BigDecimal.ZERO, BigDecimal.ONE);
  static final MathContext DIGITS = new MathContext(80, RoundingMode.HALF_EVEN);

  private static final BigDecimal NEGLIGIBLE = new BigDecimal("1e-84");
  private static final int LARGEST_ARGUMENT = 10_000;
  private static final int LARGEST_SCALE = 100_000;
  private static final int LARGEST_EXPONENT = 10_000;

  ComplexDecimal {
    if (Math.abs((long) re.precision() - re.scale()) > LARGEST_SCALE
        || Math.abs((long) im.precision() - im.scale()) > LARGEST_SCALE) {
      throw new UnreadableMathException("number beyond 1e" + LARGEST_SCALE);
    }
  }

  static ComplexDecimal real(long value) {
    return new ComplexDecimal(BigDecimal.valueOf(value), BigDecimal.ZERO);
  }

  static ComplexDecimal of(Rational value) {
    BigDecimal numerator = new BigDecimal(value.numerator());
    return new ComplexDecimal(
        numerator.divide(new BigDecimal(value.denominator()), DIGITS), BigDecimal.ZERO);
  }

  /// Four times the arc tangent of one, as the argument of −1.
  static ComplexDecimal pi() {
    return new ComplexDecimal(real(-1).log().im, BigDecimal.ZERO);
  }

  ComplexDecimal plus(ComplexDecimal other) {
    return new ComplexDecimal(re.add(other.re, DIGITS), im.add(other.im, DIGITS));
  }

  ComplexDecimal minus(ComplexDecimal other) {
    return new ComplexDecimal(re.subtract(other.re, DIGITS), im.subtract(other.im, DIGITS));
  }

  ComplexDecimal negated() {
    return new ComplexDecimal(re.negate(), im.negate());
  }

  ComplexDecimal times(ComplexDecimal other) {
    return new ComplexDecimal(
        re.multiply(other.re, DIGITS).subtract(im.multiply(other.im, DIGITS), DIGITS),
        re.multiply(other.im, DIGITS).add(im.multiply(other.re, DIGITS), DIGITS));
  }

  ComplexDecimal scaled(BigDecimal factor) {
    return new ComplexDecimal(re.multiply(factor, DIGITS), im.multiply(factor, DIGITS));
  }

  ComplexDecimal dividedBy(ComplexDecimal other) {
    BigDecimal norm = other.norm();
    if (norm.signum() == 0) {
      throw new UnreadableMathException("division by zero");
    }
    ComplexDecimal conjugate = new ComplexDecimal(other.re, other.im.negate());
    ComplexDecimal product = times(conjugate);
    return new ComplexDecimal(product.re.divide(norm, DIGITS), product.im.divide(norm, DIGITS));
  }

  /// The square of the absolute value.
  BigDecimal norm() {
    return re.multiply(re, DIGITS).add(im.multiply(im, DIGITS), DIGITS);
  }

  /// The absolute value.
  ComplexDecimal abs() {
    return new ComplexDecimal(norm().sqrt(DIGITS), BigDecimal.ZERO);
  }

  boolean isZero() {
    return re.signum() == 0 && im.signum() == 0;
  }

  boolean isReal() {
    return im.signum() == 0;
  }

  /// e to this power.
  ComplexDecimal exp() {
    double size = Math.sqrt(norm().doubleValue());
    if (!(size <= LARGEST_ARGUMENT)) {
      throw new UnreadableMathException("exponent beyond " + LARGEST_ARGUMENT);
    }
    int halvings = Math.max(0, Math.getExponent(size) + 9);
    BigDecimal half = BigDecimal.ONE.divide(BigDecimal.TWO.pow(halvings), DIGITS);
    ComplexDecimal small = scaled(half);
    ComplexDecimal sum = ONE;
    ComplexDecimal term = ONE;
    for (int n = 1; n < 200 && term.norm().compareTo(NEGLIGIBLE.multiply(NEGLIGIBLE)) > 0; n++) {
      term = term.times(small).scaled(BigDecimal.ONE.divide(BigDecimal.valueOf(n), DIGITS));
      sum = sum.plus(term);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.times(sum);
    }
    return sum;
  }

  /// The principal logarithm.
  ComplexDecimal log() {
    if (isZero()) {
      throw new UnreadableMathException("logarithm of zero");
    }
    BigDecimal larger = re.abs().max(im.abs());
    int exponent = larger.precision() - larger.scale();
    ComplexDecimal mantissa =
        new ComplexDecimal(re.scaleByPowerOfTen(-exponent), im.scaleByPowerOfTen(-exponent));
    ComplexDecimal logarithm = mantissa.logOfModerate();
    if (exponent == 0) {
      return logarithm;
    }
    BigDecimal ten = new ComplexDecimal(new BigDecimal("0.1"), BigDecimal.ZERO).logOfModerate().re;
    return new ComplexDecimal(
        logarithm.re.subtract(ten.multiply(BigDecimal.valueOf(exponent), DIGITS), DIGITS),
        logarithm.im);
  }

  private ComplexDecimal logOfModerate() {
    double x = re.doubleValue();
    double y = im.doubleValue();
    ComplexDecimal guess =
        new ComplexDecimal(
            new BigDecimal(Math.log(Math.hypot(x, y))), new BigDecimal(Math.atan2(y, x)));
    for (int i = 0; i < 4; i++) {
      ComplexDecimal power = guess.exp();
      guess = guess.plus(minus(power).dividedBy(plus(power)).scaled(BigDecimal.TWO));
    }
    return isReal() && re.signum() > 0 ? new ComplexDecimal(guess.re, BigDecimal.ZERO) : guess;
  }

  /// The principal square root.
  ComplexDecimal sqrt() {
    if (isReal()) {
      BigDecimal root = re.abs().sqrt(DIGITS);
      return re.signum() >= 0
          ? new ComplexDecimal(root, BigDecimal.ZERO)
          : new ComplexDecimal(BigDecimal.ZERO, root);
    }
    return log().scaled(new BigDecimal("0.5")).exp();
  }

  /// The root of a whole degree; odd roots of negative numbers are negative.
  ComplexDecimal root(int degree) {
    if (degree == 2) {
      return sqrt();
    }
    if (isZero()) {
      return ZERO;
    }
    BigDecimal share = BigDecimal.ONE.divide(BigDecimal.valueOf(degree), DIGITS);
    if (isReal() && re.signum() < 0 && degree % 2 != 0) {
      return negated().log().scaled(share).exp().negated();
    }
    return log().scaled(share).exp();
  }

  /// This to the given power: by squaring where the exponent is a whole number.
  ComplexDecimal power(ComplexDecimal exponent) {
    BigDecimal whole = exponent.re.setScale(0, RoundingMode.HALF_EVEN);
    if (exponent.isReal()
        && whole.compareTo(exponent.re) == 0
        && whole.abs().compareTo(BigDecimal.valueOf(LARGEST_EXPONENT)) <= 0) {
      return power(whole.intValueExact());
    }
    if (isZero()) {
      if (exponent.re.signum() > 0) {
        return ZERO;
      }
      throw new UnreadableMathException("zero to a negative power");
    }
    return exponent.times(log()).exp();
  }

  private ComplexDecimal power(int exponent) {
    ComplexDecimal result = ONE;
    ComplexDecimal square = this;
    for (int rest = Math.abs(exponent); rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = result.times(square);
      }
      if (rest > 1) {
        square = square.times(square);
      }
    }
    return exponent < 0 ? ONE.dividedBy(result) : result;
  }

  ComplexDecimal sin() {
    ComplexDecimal up = times(I).exp();
    ComplexDecimal difference = up.minus(ONE.dividedBy(up));
    return difference.dividedBy(I.scaled(BigDecimal.TWO));
  }

  ComplexDecimal cos() {
    ComplexDecimal up = times(I).exp();
    return up.plus(ONE.dividedBy(up)).scaled(new BigDecimal("0.5"));
  }
}
