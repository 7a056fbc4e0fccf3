package fathom.tokenizer.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/// Python's operators on numbers, strings and lists. Integers have no bounds but a limit of 4096
/// bits.
final class Arithmetic {
  private static final int MOST_BITS = 4096;

  private Arithmetic() {}

  /// A Long where it fits.
  static Number integer(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    if (value.bitLength() > MOST_BITS) {
      throw new JinjaException("a number has more than " + MOST_BITS + " bits");
    }
    return value;
  }

  private static BigInteger big(Object value) {
    return switch (value) {
      case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
      case BigInteger number -> number;
      case Number number -> BigInteger.valueOf(number.longValue());
      default -> throw new JinjaException("a " + Values.typeName(value) + " is no number");
    };
  }

  static double floating(Object value) {
    return value instanceof Double number ? number : big(value).doubleValue();
  }

  static int compare(Object left, Object right) {
    if (left instanceof Double || right instanceof Double) {
      double a = floating(left);
      double b = floating(right);
      return a < b ? -1 : a == b ? 0 : 1;
    }
    return big(left).compareTo(big(right));
  }

  static Object negate(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    return value instanceof Double number ? (Object) (-number) : integer(big(value).negate());
  }

  static Object apply(String operator, Object left, Object right, Budget budget) {
    if (operator.equals("~")) {
      return budget.text(PythonText.str(left, budget) + PythonText.str(right, budget));
    }
    if (left instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (Values.isNumber(left) && Values.isNumber(right)) {
      return numbers(operator, left, right);
    }
    if (operator.equals("+") && left instanceof String a && right instanceof String b) {
      budget.text(a.length() + (long) b.length());
      return a + b;
    }
    if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
      budget.list(a.size() + (long) b.size());
      List<Object> joined = new ArrayList<>(a);
      joined.addAll(b);
      return left instanceof Tuple && right instanceof Tuple ? new Tuple(joined) : joined;
    }
    if (operator.equals("*") && Values.isInteger(right)) {
      return repeat(left, right, budget);
    }
    if (operator.equals("*") && Values.isInteger(left)) {
      return repeat(right, left, budget);
    }
    if (operator.equals("%") && left instanceof String format) {
      return Formatting.percent(format, right, budget);
    }
    throw new JinjaException(
        "a %s and a %s do not go with '%s'"
            .formatted(Values.typeName(left), Values.typeName(right), operator));
  }

  private static Object repeat(Object value, Object count, Budget budget) {
    int times = Math.max(0, Values.index(count, "a number of repetitions"));
    if (value instanceof String text) {
      budget.text((long) text.length() * times);
      return text.repeat(times);
    }
    if (value instanceof List<?> list) {
      budget.list((long) list.size() * times);
      List<Object> repeated = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        repeated.addAll(list);
      }
      return repeated;
    }
    throw new JinjaException("a " + Values.typeName(value) + " cannot be repeated");
  }

  private static Object numbers(String operator, Object left, Object right) {
    boolean floating = left instanceof Double || right instanceof Double;
    if ((operator.equals("/") || operator.equals("//") || operator.equals("%"))
        && floating(right) == 0) {
      throw new JinjaException("division by zero");
    }
    if (operator.equals("/")) {
      return floating(left) / floating(right);
    }
    return floating
        ? (Object) floats(operator, floating(left), floating(right))
        : integers(operator, big(left), big(right));
  }

  private static Double floats(String operator, double a, double b) {
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - Math.floor(a / b) * b;
      case "**" -> Math.pow(a, b);
      default -> throw new JinjaException("unknown operator '" + operator + "'");
    };
  }

  private static Object integers(String operator, BigInteger a, BigInteger b) {
    return switch (operator) {
      case "+" -> integer(a.add(b));
      case "-" -> integer(a.subtract(b));
      case "*" -> integer(a.multiply(b));
      case "//" -> integer(floorDivide(a, b));
      case "%" -> integer(a.subtract(floorDivide(a, b).multiply(b)));
      case "**" -> power(a, b);
      default -> throw new JinjaException("unknown operator '" + operator + "'");
    };
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger b) {
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean roundDown = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    return roundDown ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      return Math.pow(base.doubleValue(), exponent.doubleValue());
    }
    int size = base.abs().bitLength();
    if (size <= 1) {
      // 0, 1 or -1, whatever the exponent
      boolean even = !exponent.testBit(0);
      return integer(exponent.signum() == 0 || (even && size == 1) ? BigInteger.ONE : base);
    }
    if (exponent.bitLength() > 16 || (long) size * exponent.intValue() > MOST_BITS) {
      throw new JinjaException("a number has more than " + MOST_BITS + " bits");
    }
    return integer(base.pow(exponent.intValue()));
  }
}
