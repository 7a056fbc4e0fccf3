package fathom.evaluation.math;

import java.math.BigInteger;

/// An exact fraction in lowest terms with a positive denominator. Its size is bounded, so that an
/// expression such as 9^9^9 ends in an exception and not in a full memory.
///
/// @param numerator carries the sign
/// @param denominator at least one
record Rational(BigInteger numerator, BigInteger denominator) {
  static final Rational ZERO = new Rational(BigInteger.ZERO, BigInteger.ONE);
  static final Rational ONE = new Rational(BigInteger.ONE, BigInteger.ONE);

  private static final int MOST_BITS = 20_000;

  Rational {
    if (denominator.signum() == 0) {
      throw new UnreadableMathException("division by zero");
    }
    if (numerator.bitLength() > MOST_BITS || denominator.bitLength() > MOST_BITS) {
      throw new UnreadableMathException("number of more than " + MOST_BITS + " bits");
    }
    BigInteger divisor = numerator.gcd(denominator);
    if (denominator.signum() < 0) {
      divisor = divisor.negate();
    }
    numerator = numerator.divide(divisor);
    denominator = denominator.divide(divisor);
  }

  static Rational of(long value) {
    return new Rational(BigInteger.valueOf(value), BigInteger.ONE);
  }

  /// Reads digits with at most one point and an optional exponent.
  static Rational parse(String digits, int exponent) {
    int point = digits.indexOf('.');
    int decimals = point < 0 ? 0 : digits.length() - point - 1;
    BigInteger unscaled = new BigInteger(point < 0 ? digits : digits.replace(".", ""));
    int power = exponent - decimals;
    BigInteger scale = BigInteger.TEN.pow(Math.abs(power));
    return power >= 0
        ? new Rational(unscaled.multiply(scale), BigInteger.ONE)
        : new Rational(unscaled, scale);
  }

  Rational plus(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator));
  }

  Rational negated() {
    return new Rational(numerator.negate(), denominator);
  }

  Rational times(Rational other) {
    return new Rational(
        numerator.multiply(other.numerator), denominator.multiply(other.denominator));
  }

  Rational dividedBy(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator), denominator.multiply(other.numerator));
  }

  /// This number to a whole power.
  Rational power(int exponent) {
    long bits = Math.max(numerator.bitLength(), denominator.bitLength());
    if (bits > 1 && bits * Math.abs((long) exponent) > MOST_BITS) {
      throw new UnreadableMathException("power of more than " + MOST_BITS + " bits");
    }
    int size = Math.abs(exponent);
    Rational positive = new Rational(numerator.pow(size), denominator.pow(size));
    return exponent < 0 ? ONE.dividedBy(positive) : positive;
  }

  boolean isInteger() {
    return denominator.equals(BigInteger.ONE);
  }

  /// The value as an int.
  int intValue() {
    if (!isInteger() || numerator.bitLength() > 31) {
      throw new UnreadableMathException("no small whole number");
    }
    return numerator.intValue();
  }
}
