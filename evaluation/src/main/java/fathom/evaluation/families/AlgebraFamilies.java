package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import fathom.evaluation.Checker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Fractions and linear equations.
final class AlgebraFamilies {
  private static final Checker MATH = new MathChecker();
  private static final Phrasings FRACTION =
      Phrasings.of(
          1,
          "What is {e}?",
          "Compute {e}.",
          "Calculate {e} as a fraction.",
          "Calculate {e}.",
          "Find {e} as a fraction.",
          "What fraction is {e}?",
          "{e} = ?",
          "What is {e} as a fraction?",
          "Compute {e} as a fraction.");
  private static final Phrasings SIMPLIFY =
      Phrasings.of(
          1,
          "Simplify {e}.",
          "Reduce {e} to lowest terms.",
          "Write {e} in lowest terms.",
          "Simplify the fraction {e}.",
          "Reduce the fraction {e}.",
          "{e} in lowest terms = ?",
          "What is {e} in lowest terms?",
          "Reduce the fraction {e} to lowest terms.",
          "Write the fraction {e} in lowest terms.");
  private static final Phrasings EQUATION =
      Phrasings.of(
          2,
          "Solve {e}.",
          "Solve {e}",
          "Solve for {x}: {e}",
          "Find {x} if {e}.",
          "What is {x} if {e}?",
          "Find the value of {x}: {e}",
          "Solve the equation {e}.",
          "Find the value of {x} if {e}.",
          "Solve the equation {e} for {x}.");

  private AlgebraFamilies() {}

  static List<TaskFamily> all() {
    return List.of(
        new DraftedFamily("fractions", AlgebraFamilies::fraction),
        new DraftedFamily("equations", AlgebraFamilies::equation));
  }

  private static Draft fraction(int difficulty, RandomGenerator random) {
    int limit = 4 + 2 * difficulty;
    if (random.nextInt(4) == 0) {
      int factor = between(2, 3 + difficulty, random);
      int denominator = between(2, limit, random);
      return simplified(factor * between(1, denominator, random), factor * denominator);
    }
    int b = between(2, limit, random);
    int d = between(2, limit, random);
    int a = between(1, b - 1 + difficulty / 3, random);
    int c = between(1, d - 1 + difficulty / 3, random);
    return switch (random.nextInt(difficulty < 2 ? 2 : 4)) {
      case 0 -> added(new int[] {a, b, c, d}, true);
      case 1 ->
          (long) a * d >= (long) c * b
              ? added(new int[] {a, b, c, d}, false)
              : added(new int[] {c, d, a, b}, false);
      case 2 -> multiplied(new int[] {a, b, c, d}, a + "/" + b + " * " + c + "/" + d, "");
      default -> {
        String turn = "%d/%d * %d/%d\n".formatted(a, b, d, c);
        yield multiplied(new int[] {a, b, d, c}, "(%d/%d) / (%d/%d)".formatted(a, b, c, d), turn);
      }
    };
  }

  private static Draft simplified(int numerator, int denominator) {
    String text = numerator + "/" + denominator;
    List<String> lines = new ArrayList<>();
    String answer = reduce(numerator, denominator, lines);
    return Draft.of(
        "simplify:" + text, SIMPLIFY, Map.of("e", text), answer, String.join("\n", lines), MATH);
  }

  private static Draft added(int[] f, boolean plus) {
    List<String> lines = new ArrayList<>();
    lines.add("%d*%d=%d".formatted(f[1], f[3], f[1] * f[3]));
    lines.add("%d*%d=%d".formatted(f[0], f[3], f[0] * f[3]));
    lines.add("%d*%d=%d".formatted(f[2], f[1], f[2] * f[1]));
    int top = f[0] * f[3] + (plus ? f[2] * f[1] : -f[2] * f[1]);
    lines.add("%d%s%d=%d".formatted(f[0] * f[3], plus ? "+" : "-", f[2] * f[1], top));
    String answer = reduce(top, f[1] * f[3], lines);
    String text = "%d/%d %s %d/%d".formatted(f[0], f[1], plus ? "+" : "-", f[2], f[3]);
    return fraction(text, answer, lines);
  }

  private static Draft multiplied(int[] f, String text, String turn) {
    List<String> lines = new ArrayList<>();
    lines.add("%s%d*%d=%d".formatted(turn, f[0], f[2], f[0] * f[2]));
    lines.add("%d*%d=%d".formatted(f[1], f[3], f[1] * f[3]));
    String answer = reduce(f[0] * f[2], f[1] * f[3], lines);
    return fraction(text, answer, lines);
  }

  private static Draft fraction(String text, String answer, List<String> lines) {
    return Draft.of(text, FRACTION, Map.of("e", text), answer, String.join("\n", lines), MATH);
  }

  /// Euclid's steps, then the division of both terms; returns the reduced fraction.
  private static String reduce(int numerator, int denominator, List<String> lines) {
    lines.add(numerator + "/" + denominator);
    if (numerator == 0) {
      return "0";
    }
    int a = Math.max(numerator, denominator);
    int b = Math.min(numerator, denominator);
    while (b != 0) {
      lines.add("%d=%d*%d+%d".formatted(a, b, a / b, a % b));
      int rest = a % b;
      a = b;
      b = rest;
    }
    lines.add("gcd " + a);
    if (a > 1) {
      lines.add("%d/%d=%d".formatted(numerator, a, numerator / a));
      lines.add("%d/%d=%d".formatted(denominator, a, denominator / a));
    }
    int bottom = denominator / a;
    String reduced = bottom == 1 ? "" + numerator / a : numerator / a + "/" + bottom;
    lines.add(reduced);
    return reduced;
  }

  private static Draft equation(int difficulty, RandomGenerator random) {
    String x = Draws.one(List.of("x", "x", "x", "y", "n", "a", "t"), random);
    int solution = between(difficulty < 3 ? 1 : -12, 5 + 5 * difficulty, random);
    int a = between(2, 4 + difficulty, random);
    int b = between(1, 10 * difficulty, random) * (random.nextBoolean() ? 1 : -1);
    return switch (random.nextInt(difficulty == 1 ? 2 : difficulty < 4 ? 3 : 4)) {
      case 0 -> shifted(x, b, solution);
      case 1 -> linear(x, a, b, solution);
      case 2 -> divided(x, a, b, solution);
      default -> bothSides(x, a, between(1, a - 1, random), b, solution);
    };
  }

  private static Draft shifted(String x, int b, int solution) {
    String text = "%s%s = %d".formatted(x, signed(b), solution + b);
    return equation(x, text, solution, new ArrayList<>(moved(x, solution + b, b)));
  }

  private static Draft linear(String x, int a, int b, int solution) {
    int right = a * solution + b;
    String term = a + x;
    String text = "%s%s = %d".formatted(term, signed(b), right);
    List<String> lines = new ArrayList<>(moved(term, right, b));
    lines.addAll(worked(Columns.quotient(Math.abs(a * solution), a)));
    lines.add("%s=%d/%d=%d".formatted(x, a * solution, a, solution));
    return equation(x, text, solution, lines);
  }

  private static Draft divided(String x, int a, int b, int solution) {
    String term = x + "/" + a;
    String text = "%s%s = %d".formatted(term, signed(b), solution + b);
    List<String> lines = new ArrayList<>(moved(term, solution + b, b));
    lines.addAll(worked(Columns.product(Math.abs(solution), a)));
    lines.add("%s=%d*%d=%d".formatted(x, solution, a, solution * a));
    return equation(x, text, solution * a, lines);
  }

  private static Draft bothSides(String x, int a, int c, int b, int solution) {
    int right = (a - c) * solution + b;
    String text = "%d%s%s = %s%s%s".formatted(a, x, signed(b), c == 1 ? "" : c, x, signed(right));
    String left = a - c == 1 ? x : a - c + x;
    List<String> lines = new ArrayList<>();
    lines.add("%d%s-%d%s=%d%s".formatted(a, x, c, x, a - c, x));
    lines.add("%s%s = %d".formatted(left, signed(b), right));
    lines.addAll(moved(left, right, b));
    if (a - c > 1) {
      lines.addAll(worked(Columns.quotient(Math.abs(right - b), a - c)));
      lines.add("%s=%d/%d=%d".formatted(x, right - b, a - c, solution));
    }
    return equation(x, right == 0 ? text + " + 0" : text, solution, lines);
  }

  /// The constant goes to the other side: "3x=25-7=18", after the work in columns if it needs any.
  private static List<String> moved(String term, int right, int b) {
    int size = Math.abs(right);
    int moved = Math.abs(b);
    boolean sameSide = (right >= 0) == (b < 0);
    String work =
        sameSide
            ? Columns.sum(size, moved)
            : right < 0 ? Columns.difference(moved, size) : Columns.difference(size, moved);
    List<String> lines = new ArrayList<>(worked(work));
    lines.add("%s=%d%s%d=%d".formatted(term, right, b < 0 ? "+" : "-", moved, right - b));
    return lines;
  }

  /// Work of more than one line: what is one line is said anyway.
  private static List<String> worked(String work) {
    return work.indexOf('\n') < 0 ? List.of() : List.of(work);
  }

  private static String signed(int value) {
    return value == 0 ? "" : (value < 0 ? " - " : " + ") + Math.abs(value);
  }

  private static Draft equation(String x, String text, int solution, List<String> lines) {
    String answer = x + " = " + solution;
    return new Draft(
        text.replace(x, "x"),
        EQUATION,
        Map.of("e", text, "x", x),
        String.valueOf(solution),
        String.join("\n", lines),
        "The answer is " + answer + ".",
        MATH);
  }
}
