package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;
import static fathom.evaluation.families.Draws.digits;

import fathom.evaluation.Checker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Multi-digit + − × ÷, remainders, and short chains of them with brackets.
final class ArithmeticFamilies {
  private static final Checker MATH = new MathChecker();
  private static final Phrasings SUM =
      Phrasings.of(
          2,
          "What is {a} + {b}?",
          "Compute {a} + {b}.",
          "{a} + {b} = ?",
          "Calculate the sum of {a} and {b}.",
          "What do you get if you add {a} and {b}?",
          "{a}+{b}",
          "Add {a} to {b}.",
          "What is {a} plus {b}?",
          "What is the sum of {a} and {b}?",
          "Calculate {a} plus {b}.");
  private static final Phrasings DIFFERENCE =
      Phrasings.of(
          2,
          "What is {a} - {b}?",
          "Compute {a} - {b}.",
          "{a} - {b} = ?",
          "Calculate the difference of {a} and {b}.",
          "{a}-{b}",
          "Subtract {b} from {a}.",
          "What do you get if you subtract {b} from {a}?",
          "What is {a} minus {b}?",
          "What is the difference of {a} and {b}?",
          "Calculate {a} minus {b}.");
  private static final Phrasings PRODUCT =
      Phrasings.of(
          2,
          "What is {a} * {b}?",
          "What is {a} × {b}?",
          "What is {a} x {b}?",
          "Compute {a} * {b}.",
          "{a} × {b} = ?",
          "{a}*{b}",
          "Calculate the product of {a} and {b}.",
          "Multiply {a} by {b}.",
          "What is {a} times {b}?",
          "What is the product of {a} and {b}?",
          "Calculate {a} times {b}.");
  private static final Phrasings QUOTIENT =
      Phrasings.of(
          2,
          "What is {a} / {b}?",
          "What is {a} ÷ {b}?",
          "Compute {a} / {b}.",
          "{a} ÷ {b} = ?",
          "{a}/{b}",
          "Divide {a} by {b}.",
          "What is {a} divided by {b}?",
          "What do you get if you divide {a} by {b}?",
          "Calculate {a} / {b}.",
          "Calculate {a} divided by {b}.",
          "What do you get if you compute {a} / {b}?");
  private static final Phrasings REMAINDER =
      Phrasings.of(
          1,
          "What is the remainder when {a} is divided by {b}?",
          "Find the remainder of {a} divided by {b}.",
          "What is {a} mod {b}?",
          "Compute the remainder when you divide {a} by {b}.",
          "What remainder do you get when you divide {a} by {b}?",
          "Divide {a} by {b}. What is the remainder?",
          "{a} divided by {b}: find the remainder.",
          "Find {a} mod {b}.",
          "{a} mod {b} = ?",
          "Find the remainder when {a} is divided by {b}.");
  private static final Phrasings CHAIN =
      Phrasings.of(
          2,
          "What is {e}?",
          "Compute {e}.",
          "{e} = ?",
          "Calculate {e}.",
          "Find the value of {e}.",
          "What do you get if you calculate {e}?",
          "What is the value of {e}?",
          "What do you get if you compute {e}?");

  private ArithmeticFamilies() {}

  static List<TaskFamily> all() {
    return List.of(
        new DraftedFamily("addition", ArithmeticFamilies::addition),
        new DraftedFamily("subtraction", ArithmeticFamilies::subtraction),
        new DraftedFamily("multiplication", ArithmeticFamilies::multiplication),
        new DraftedFamily("division", ArithmeticFamilies::division),
        new DraftedFamily("remainder", ArithmeticFamilies::remainder),
        new DraftedFamily("expressions", ArithmeticFamilies::chain));
  }

  private static Draft addition(int difficulty, RandomGenerator random) {
    int a = digits(between(difficulty, difficulty + 1, random), random);
    int b = digits(between(Math.max(1, difficulty - 1), difficulty + 1, random), random);
    return draft(Draws.unordered(a, b), SUM, a, b, a + b, Columns.sum(a, b));
  }

  private static Draft subtraction(int difficulty, RandomGenerator random) {
    int first = digits(between(difficulty, difficulty + 1, random), random);
    int second = digits(between(difficulty, difficulty + 1, random), random);
    boolean negative = random.nextInt(5) == 0;
    int a = negative ? Math.min(first, second) : Math.max(first, second);
    int b = negative ? Math.max(first, second) : Math.min(first, second);
    return draft(a + ":" + b, DIFFERENCE, a, b, a - b, Columns.difference(a, b));
  }

  private static Draft multiplication(int difficulty, RandomGenerator random) {
    int longer = List.of(1, 2, 2, 3, 4).get(difficulty - 1);
    int shorter = List.of(1, 1, 2, 2, 2).get(difficulty - 1);
    int a = digits(longer, random) + (difficulty == 1 ? between(0, 10, random) : 0);
    int b = digits(shorter, random);
    boolean swap = random.nextBoolean();
    int left = swap ? b : a;
    int right = swap ? a : b;
    return draft(
        Draws.unordered(a, b), PRODUCT, left, right, (long) a * b, Columns.product(left, right));
  }

  private static Draft division(int difficulty, RandomGenerator random) {
    int b = difficulty < 4 ? between(2, 9, random) : between(11, difficulty == 4 ? 15 : 25, random);
    int quotient = digits(List.of(1, 2, 3, 2, 3).get(difficulty - 1), random);
    int a = b * quotient;
    return draft(a + ":" + b, QUOTIENT, a, b, quotient, Columns.quotient(a, b));
  }

  private static Draft remainder(int difficulty, RandomGenerator random) {
    int b = difficulty < 4 ? between(2, 9, random) : between(11, difficulty == 4 ? 15 : 25, random);
    int a = digits(List.of(2, 2, 3, 3, 4).get(difficulty - 1), random);
    String reasoning = Columns.quotient(a, b) + "\nremainder %d".formatted(a % b);
    return draft(a + ":" + b, REMAINDER, a, b, a % b, reasoning);
  }

  private static Draft draft(
      String operands, Phrasings phrasings, long a, long b, long answer, String reasoning) {
    return Draft.of(operands, phrasings, Map.of("a", a, "b", b), answer, reasoning, MATH);
  }

  private static Draft chain(int difficulty, RandomGenerator random) {
    int limit = difficulty < 3 ? 10 : 20 + 10 * difficulty;
    Chain chain = new Chain(between(2, limit, random));
    for (int i = 0; i < (difficulty < 4 ? 2 : 3); i++) {
      chain.extend(limit, random);
    }
    return Draft.of(
        chain.text(), CHAIN, Map.of("e", chain.text()), chain.value(), chain.steps(), MATH);
  }
}
