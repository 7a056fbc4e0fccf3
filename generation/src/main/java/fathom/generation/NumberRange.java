package fathom.generation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the decimal numbers between two bounds into a [ByteNetwork]: digit by digit it is known
/// whether the number is still equal to a bound's beginning, or already clear of it.
final class NumberRange {
  private static final int MOST_DIGITS = 18;
  private static final int MOST_FRACTION_DIGITS = 30;
  private static final int SPARE_FRACTION_DIGITS = 6;

  private final ByteNetwork.Builder network;
  private final boolean integer;

  NumberRange(ByteNetwork.Builder network, boolean integer) {
    this.network = network;
    this.integer = integer;
  }

  /// A bound, which the number may equal or not.
  record Bound(BigDecimal value, boolean exclusive) {
    Bound negated() {
      return new Bound(value.negate(), exclusive);
    }
  }

  /// A number from `least` to `most`; null for no bound.
  void write(int from, @Nullable Bound least, @Nullable Bound most, int to) {
    Bound zero = new Bound(BigDecimal.ZERO, false);
    Bound aboveZero = new Bound(BigDecimal.ZERO, true);
    if (most == null || most.value().signum() >= 0) {
      Bound low = least == null || least.value().signum() < 0 ? zero : least;
      magnitude(from, low, most, to);
    }
    if (least == null || least.value().signum() < 0) {
      int behindSign = network.newState();
      network.range(from, '-', '-', behindSign);
      Bound low = most == null || most.value().signum() >= 0 ? aboveZero : most.negated();
      magnitude(behindSign, low, least == null ? null : least.negated(), to);
    }
  }

  private void magnitude(int from, Bound low, @Nullable Bound high, int to) {
    Bound least = low;
    Bound most = high == null ? unbounded(low) : high;
    if (integer) {
      least = new Bound(rounded(low, RoundingMode.FLOOR, RoundingMode.CEILING, 1), false);
      most = new Bound(rounded(most, RoundingMode.CEILING, RoundingMode.FLOOR, -1), false);
    }
    if (least.value().compareTo(most.value()) <= 0) {
      new Magnitude(least, most, to).write(from);
    }
  }

  /// The nearest integer that keeps a bound.
  private static BigDecimal rounded(
      Bound bound, RoundingMode beyond, RoundingMode within, int step) {
    return bound.exclusive()
        ? bound.value().setScale(0, beyond).add(BigDecimal.valueOf(step))
        : bound.value().setScale(0, within);
  }

  private static Bound unbounded(Bound low) {
    int digits = Math.max(MOST_DIGITS, low.value().precision() - low.value().scale() + 2);
    return new Bound(BigDecimal.ONE.movePointRight(digits).subtract(BigDecimal.ONE), false);
  }

  /// Numbers without sign between two bounds.
  private final class Magnitude {
    private final String low;
    private final String high;
    private final String lowFraction;
    private final String highFraction;
    private final boolean lowExclusive;
    private final boolean highExclusive;
    private final int fractionDigits;
    private final int to;
    private final Map<String, Integer> states = new HashMap<>();

    Magnitude(Bound least, Bound most, int to) {
      this.to = to;
      low = integerPart(least.value());
      high = integerPart(most.value());
      int digits = Math.max(least.value().scale(), most.value().scale()) + SPARE_FRACTION_DIGITS;
      fractionDigits = Math.clamp(digits, SPARE_FRACTION_DIGITS, MOST_FRACTION_DIGITS);
      lowFraction = fraction(least.value());
      highFraction = fraction(most.value());
      lowExclusive = least.exclusive();
      highExclusive = most.exclusive();
    }

    private static String integerPart(BigDecimal value) {
      return value.setScale(0, RoundingMode.DOWN).toPlainString();
    }

    /// The fraction's digits, filled with zeros; those of a bound too fine are cut, which a number
    /// with as many digits can't tell but by the cut itself, hence the refusal elsewhere.
    private String fraction(BigDecimal value) {
      String plain =
          value
              .setScale(fractionDigits, RoundingMode.DOWN)
              .remainder(BigDecimal.ONE)
              .toPlainString();
      int point = plain.indexOf('.');
      return point < 0 ? "0".repeat(fractionDigits) : plain.substring(point + 1);
    }

    void write(int from) {
      for (int length = low.length(); length <= high.length(); length++) {
        digits(from, length, 0, length == low.length(), length == high.length());
      }
    }

    /// The integer part's digits from `position` on.
    private void digits(int from, int length, int position, boolean atLow, boolean atHigh) {
      if (position == length) {
        integerEnd(from, atLow, atHigh);
        return;
      }
      char first = atLow ? low.charAt(position) : position == 0 && length > 1 ? '1' : '0';
      char last = atHigh ? high.charAt(position) : '9';
      for (char c = first; c <= last; c++) {
        boolean low2 = atLow && c == low.charAt(position);
        boolean high2 = atHigh && c == high.charAt(position);
        String key = "i%d,%d,%b,%b".formatted(length, position + 1, low2, high2);
        boolean known = states.containsKey(key);
        int next = states.computeIfAbsent(key, k -> network.newState());
        network.range(from, c, c, next);
        if (!known) {
          digits(next, length, position + 1, low2, high2);
        }
      }
    }

    private void integerEnd(int from, boolean atLow, boolean atHigh) {
      if (allowed(atLow, atHigh, 0)) {
        network.silent(from, to);
      }
      if (!integer) {
        int behindPoint = network.newState();
        network.range(from, '.', '.', behindPoint);
        fractionDigits(behindPoint, 0, atLow, atHigh);
      }
    }

    /// Whether the number may end here, after so many digits of the fraction.
    private boolean allowed(boolean atLow, boolean atHigh, int position) {
      boolean reachesLow = !atLow || (zeros(lowFraction, position) && !lowExclusive);
      boolean staysBelow = !atHigh || !(zeros(highFraction, position) && highExclusive);
      return reachesLow && staysBelow;
    }

    private static boolean zeros(String digits, int from) {
      return digits.chars().skip(from).allMatch(c -> c == '0');
    }

    private void fractionDigits(int from, int position, boolean atLow, boolean atHigh) {
      if (position == fractionDigits) {
        return;
      }
      char first = atLow ? lowFraction.charAt(position) : '0';
      char last = atHigh ? highFraction.charAt(position) : '9';
      for (char c = first; c <= last; c++) {
        boolean low2 = atLow && c == lowFraction.charAt(position);
        boolean high2 = atHigh && c == highFraction.charAt(position);
        String key = "f%d,%b,%b".formatted(position + 1, low2, high2);
        boolean known = states.containsKey(key);
        int next = states.computeIfAbsent(key, k -> network.newState());
        network.range(from, c, c, next);
        if (!known) {
          if (allowed(low2, high2, position + 1)) {
            network.silent(next, to);
          }
          fractionDigits(next, position + 1, low2, high2);
        }
      }
    }
  }
}
