package fathom.evaluation.math;

import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/// A formula as a tree. It has two readings: an exact one, which only rational arithmetic without
/// symbols has, and a numeric one at a point, to eighty digits.
sealed interface Expression {
  /// A rational number.
  record Constant(Rational value) implements Expression {}

  /// A variable; `pi`, `e` and `i` mean what they mean everywhere.
  record Symbol(String name) implements Expression {}

  /// A sum, or a difference where the right side is a negation.
  record Sum(Expression left, Expression right) implements Expression {}

  /// The negative of its argument.
  record Negation(Expression argument) implements Expression {}

  /// A product.
  record Product(Expression left, Expression right) implements Expression {}

  /// A quotient.
  record Quotient(Expression left, Expression right) implements Expression {}

  /// A power.
  record Power(Expression base, Expression exponent) implements Expression {}

  /// The root of a whole degree.
  record Root(int degree, Expression argument) implements Expression {}

  /// A function of one argument, named as in LaTeX.
  record Call(String function, Expression argument) implements Expression {}

  /// What a call may name.
  Set<String> FUNCTIONS =
      Set.of("sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "exp", "abs", "factorial");

  private static UnreadableMathException inexact() {
    return new UnreadableMathException("not rational");
  }

  /// The exact value, if this is rational arithmetic of a bearable size.
  default Optional<Rational> exactValue() {
    try {
      return Optional.of(exact());
    } catch (UnreadableMathException irrational) {
      return Optional.empty();
    }
  }

  /// The exact value.
  ///
  /// @throws UnreadableMathException if there is none
  default Rational exact() {
    return switch (this) {
      case Constant(Rational value) -> value;
      case Symbol _ -> throw inexact();
      case Sum(Expression left, Expression right) -> left.exact().plus(right.exact());
      case Negation(Expression argument) -> argument.exact().negated();
      case Product(Expression left, Expression right) -> left.exact().times(right.exact());
      case Quotient(Expression left, Expression right) -> left.exact().dividedBy(right.exact());
      case Power(Expression base, Expression exponent) ->
          base.exact().power(exponent.exact().intValue());
      case Root _ -> throw inexact();
      case Call(String function, Expression argument) ->
          function.equals("factorial")
              ? factorial(argument.exact())
              : rationalAbs(function, argument);
    };
  }

  private static Rational rationalAbs(String function, Expression argument) {
    if (!function.equals("abs")) {
      throw inexact();
    }
    Rational value = argument.exact();
    return value.numerator().signum() < 0 ? value.negated() : value;
  }

  private static Rational factorial(Rational argument) {
    int n = argument.intValue();
    if (n < 0 || n > 1000) {
      throw new UnreadableMathException("factorial beyond 1000");
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n; i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return new Rational(product, BigInteger.ONE);
  }

  /// The value at a point.
  ///
  /// @throws UnreadableMathException at a pole, or if the value is too large
  default ComplexDecimal at(Map<String, ComplexDecimal> point) {
    return switch (this) {
      case Constant(Rational value) -> ComplexDecimal.of(value);
      case Symbol(String name) -> valueOf(name, point);
      case Sum(Expression left, Expression right) -> left.at(point).plus(right.at(point));
      case Negation(Expression argument) -> argument.at(point).negated();
      case Product(Expression left, Expression right) -> left.at(point).times(right.at(point));
      case Quotient(Expression left, Expression right) -> left.at(point).dividedBy(right.at(point));
      case Power(Expression base, Expression exponent) -> base.at(point).power(exponent.at(point));
      case Root(int degree, Expression argument) -> argument.at(point).root(degree);
      case Call(String function, Expression argument) -> call(function, argument, point);
    };
  }

  private static ComplexDecimal valueOf(String name, Map<String, ComplexDecimal> point) {
    ComplexDecimal value = point.get(name);
    if (value == null) {
      throw new UnreadableMathException("no value for " + name);
    }
    return value;
  }

  private static ComplexDecimal call(
      String function, Expression argument, Map<String, ComplexDecimal> point) {
    if (function.equals("factorial")) {
      return ComplexDecimal.of(factorial(argument.exact()));
    }
    ComplexDecimal x = argument.at(point);
    return switch (function) {
      case "sin" -> x.sin();
      case "cos" -> x.cos();
      case "tan" -> x.sin().dividedBy(x.cos());
      case "cot" -> x.cos().dividedBy(x.sin());
      case "sec" -> ComplexDecimal.ONE.dividedBy(x.cos());
      case "csc" -> ComplexDecimal.ONE.dividedBy(x.sin());
      case "ln" -> x.log();
      case "log" -> x.log().dividedBy(ComplexDecimal.real(10).log());
      case "exp" -> x.exp();
      case "abs" -> x.abs();
      default -> throw new UnreadableMathException("unknown function " + function);
    };
  }

  /// Adds the names of this tree's symbols, in the order of reading.
  default void collectSymbols(SequencedMap<String, Boolean> symbols) {
    switch (this) {
      case Constant _ -> {}
      case Symbol(String name) -> symbols.put(name, true);
      case Negation(Expression argument) -> argument.collectSymbols(symbols);
      case Root(int _, Expression argument) -> argument.collectSymbols(symbols);
      case Call(String _, Expression argument) -> argument.collectSymbols(symbols);
      case Sum(Expression left, Expression right) -> collectBoth(left, right, symbols);
      case Product(Expression left, Expression right) -> collectBoth(left, right, symbols);
      case Quotient(Expression left, Expression right) -> collectBoth(left, right, symbols);
      case Power(Expression left, Expression right) -> collectBoth(left, right, symbols);
    }
  }

  private static void collectBoth(
      Expression left, Expression right, SequencedMap<String, Boolean> symbols) {
    left.collectSymbols(symbols);
    right.collectSymbols(symbols);
  }
}
