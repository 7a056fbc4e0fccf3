package fathom.evaluation.math;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/// Compares formulas by what they are worth: exactly where both are rational, else at seeded
/// points.
final class Values {
  private static final long SEED = 20_250_120;
  private static final int POINTS = 5;
  private static final int FEWEST_POINTS = 2;
  private static final BigDecimal TOLERANCE = new BigDecimal("1e-40");

  private Values() {}

  /// Whether the formulas have the same value, everywhere as far as the points can tell.
  static boolean equal(Expression first, Expression second) {
    Optional<Rational> a = first.exactValue();
    Optional<Rational> b = second.exactValue();
    if (a.isPresent() && b.isPresent()) {
      return a.get().equals(b.get());
    }
    return atPoints(first, second, false);
  }

  /// Whether the formulas have the same zeros because one is a constant multiple of the other.
  static boolean proportional(Expression first, Expression second) {
    return atPoints(first, second, true);
  }

  private static boolean atPoints(Expression first, Expression second, boolean upToFactor) {
    SequencedMap<String, Boolean> symbols = new LinkedHashMap<>();
    first.collectSymbols(symbols);
    second.collectSymbols(symbols);
    int poles = 0;
    ComplexDecimal factor = null;
    for (int point = 0; point < POINTS; point++) {
      try {
        Map<String, ComplexDecimal> values = point(symbols, point);
        ComplexDecimal a = first.at(values);
        ComplexDecimal b = second.at(values);
        if (upToFactor && factor == null) {
          factor = a.dividedBy(b);
        }
        ComplexDecimal expected = factor == null ? b : b.times(factor);
        if (!close(a, expected) || (factor != null && factor.isZero())) {
          return false;
        }
      } catch (UnreadableMathException pole) {
        poles++; // another point may do
      }
    }
    return POINTS - poles >= FEWEST_POINTS;
  }

  /// Irrational-looking values, positive at the first points and negative at the last two, so that
  /// the square root of x² is told from x.
  private static Map<String, ComplexDecimal> point(
      SequencedMap<String, Boolean> symbols, int index) {
    SplittableRandom random = new SplittableRandom(SEED + index);
    Map<String, ComplexDecimal> values = new LinkedHashMap<>();
    for (String symbol : symbols.keySet().stream().sorted().toList()) {
      String digits =
          "%d%015d".formatted(random.nextInt(1, 4), random.nextLong(1_000_000_000_000_000L));
      BigDecimal value = new BigDecimal(digits).movePointLeft(15);
      values.put(symbol, new ComplexDecimal(index < 3 ? value : value.negate(), BigDecimal.ZERO));
    }
    values.put("pi", ComplexDecimal.pi());
    values.put("e", ComplexDecimal.ONE.exp());
    values.put("i", ComplexDecimal.I);
    return values;
  }

  private static boolean close(ComplexDecimal a, ComplexDecimal b) {
    BigDecimal size = a.norm().max(b.norm()).max(new BigDecimal("1e-60"));
    BigDecimal bound =
        size.multiply(TOLERANCE, ComplexDecimal.DIGITS).multiply(TOLERANCE, ComplexDecimal.DIGITS);
    return a.minus(b).norm().compareTo(bound) <= 0;
  }
}
