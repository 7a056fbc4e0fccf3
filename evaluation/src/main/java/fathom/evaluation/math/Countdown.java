package fathom.evaluation.math;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The Countdown puzzle: reach a target from given numbers by + − × ÷, each number at most once.
///
/// @param target what to reach
/// @param numbers what may be used
public record Countdown(long target, List<Long> numbers) {
  private static final int LONGEST = 200;

  /// Copies the numbers.
  public Countdown {
    numbers = List.copyOf(numbers);
  }

  /// Reads `24: 3 5 8`.
  ///
  /// @throws IllegalArgumentException if the text is no such puzzle
  public static Countdown parse(String text) {
    String[] parts = text.split(":", -1);
    try {
      List<Long> numbers = new ArrayList<>();
      for (String number : parts[1].strip().split("\\s+", -1)) {
        numbers.add(Long.parseLong(number));
      }
      return new Countdown(Long.parseLong(parts[0].strip()), numbers);
    } catch (IndexOutOfBoundsException | NumberFormatException malformed) {
      throw new IllegalArgumentException(
          "countdown: expected 'target: number number …', found '" + text + "'", malformed);
    }
  }

  /// Whether the expression (a trailing `= target` is allowed) solves the puzzle.
  public boolean isSolvedBy(String written) {
    String text = LatexText.clean(written);
    int equals = text.indexOf('=');
    String formula = equals < 0 ? text : text.substring(0, equals);
    if (formula.length() > LONGEST) {
      return false;
    }
    try {
      Expression expression = ExpressionParser.parse(formula);
      List<Long> rest = new ArrayList<>(numbers);
      boolean reached =
          usesOnly(expression, rest) && expression.exact().equals(Rational.of(target));
      boolean sameClaim = equals < 0 || MathEquality.equal("" + target, text.substring(equals + 1));
      return reached && sameClaim;
    } catch (UnreadableMathException noExpression) {
      return false;
    }
  }

  private static boolean usesOnly(Expression expression, List<Long> rest) {
    return switch (expression) {
      case Expression.Constant(Rational value) ->
          value.isInteger()
              && value.numerator().bitLength() < 63
              && rest.remove(value.numerator().longValue());
      case Expression.Sum(Expression left, Expression right) ->
          usesOnly(left, rest)
              && usesOnly(right instanceof Expression.Negation(Expression r) ? r : right, rest);
      case Expression.Product(Expression left, Expression right) ->
          usesOnly(left, rest) && usesOnly(right, rest);
      case Expression.Quotient(Expression left, Expression right) ->
          usesOnly(left, rest) && usesOnly(right, rest);
      case Expression.Symbol _,
          Expression.Negation _,
          Expression.Power _,
          Expression.Root _,
          Expression.Call _ ->
          false;
    };
  }

  @Override
  public String toString() {
    return "%d: %s"
        .formatted(
            target,
            String.join(
                " ", numbers.stream().map(n -> String.format(Locale.ROOT, "%d", n)).toList()));
  }
}
