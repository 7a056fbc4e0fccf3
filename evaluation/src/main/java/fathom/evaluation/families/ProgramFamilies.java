package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import fathom.evaluation.Checker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Small Python programs: what does one print, and which piece is missing.
final class ProgramFamilies {
  private static final Checker MATH = new MathChecker();
  private static final Phrasings PRINTS =
      Phrasings.of(
          1,
          "What does this program print?\n{p}",
          "What is the output of this program?\n{p}",
          "Trace this program. What does it print?\n{p}",
          "{p}\nWhat does this program print?",
          "{p}\nWhat is the output?",
          "Here is a program. What is its output?\n{p}",
          "What is printed by this program?\n{p}",
          "Trace the program:\n{p}",
          "Trace this program and find its output.\n{p}",
          "Find the output of this program.\n{p}",
          "Trace this program. What is the output?\n{p}");
  private static final Phrasings MISSING =
      Phrasings.of(
          1,
          "Which number must replace ? so that this program prints {t}?\n{p}",
          "This program prints {t}. Which number is missing at ?\n{p}",
          "Find the number at ? so that the program prints {t}.\n{p}",
          "Which number is missing at ? so that this program prints {t}?\n{p}");
  private static final Phrasings RETURNS =
      Phrasings.of(
          1,
          "Complete the function so that it returns {d}.\ndef f(n):\n    return",
          "Write the missing expression: f(n) returns {d}.\ndef f(n):\n    return",
          "What must f(n) return to compute {d}?\ndef f(n):\n    return",
          "Complete the function: it returns {d}.\ndef f(n):\n    return");

  private ProgramFamilies() {}

  static List<TaskFamily> all() {
    return List.of(
        new DraftedFamily("tracing", ProgramFamilies::trace),
        new DraftedFamily("completion", ProgramFamilies::complete));
  }

  private static Draft trace(int difficulty, RandomGenerator random) {
    return switch (random.nextInt(Math.min(4, difficulty + 1))) {
      case 0, 1 -> assignments(difficulty, random);
      case 2 -> loop(difficulty, random);
      default -> branch(difficulty, random);
    };
  }

  private static Draft traced(List<String> program, List<String> steps, long printed) {
    String text = String.join("\n", program);
    steps.add("print " + printed);
    return Draft.of(text, PRINTS, Map.of("p", text), printed, String.join("\n", steps), MATH);
  }

  private static Draft assignments(int difficulty, RandomGenerator random) {
    List<String> names = Draws.some(2, List.of("x", "y", "a", "b", "n", "m"), random);
    long[] values = {between(1, 9 + 4 * difficulty, random), between(1, 9, random)};
    List<String> program = new ArrayList<>();
    List<String> steps = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      program.add(names.get(i) + " = " + values[i]);
      steps.add(valued(names.get(i), values[i]));
    }
    int target = 0;
    for (int i = 0; i < 1 + difficulty / 2; i++) {
      target = random.nextInt(2);
      int source = random.nextInt(2);
      boolean literal = random.nextBoolean();
      int operand = between(2, 9, random);
      long right = literal ? operand : values[1 - source];
      String operator =
          Math.abs(values[source]) < 50 && right < 10
              ? Draws.one(List.of("+", "-", "*"), random)
              : Draws.one(List.of("+", "-"), random);
      long result = applied(values[source], operator, right);
      String rightText = literal ? "" + operand : names.get(1 - source);
      program.add(
          "%s = %s %s %s".formatted(names.get(target), names.get(source), operator, rightText));
      steps.add(program.getLast().replace(" ", ""));
      steps.add(
          "%s%s%s=%d"
              .formatted(
                  valued(names.get(source), values[source]),
                  operator,
                  literal ? rightText : valued(rightText, right),
                  result));
      values[target] = result;
      steps.add(valued(names.get(target), result));
    }
    program.add("print(" + names.get(target) + ")");
    steps.add(program.getLast());
    steps.add(valued(names.get(target), values[target]));
    return traced(program, steps, values[target]);
  }

  /// A variable with its value right behind it, wherever it is read or set: to look one up is to
  /// repeat what followed the name the last time, which is the first thing that attention learns.
  private static String valued(String name, long value) {
    return name + (value < 0 ? "(" + value + ")" : "" + value);
  }

  private static long applied(long left, String operator, long right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      default -> left * right;
    };
  }

  private static Draft loop(int difficulty, RandomGenerator random) {
    int from = between(0, 3, random);
    int to = from + between(2, 2 + difficulty, random);
    int value = between(0, 10, random);
    int step = between(1, 5, random);
    boolean useIndex = random.nextBoolean();
    List<String> program =
        List.of(
            "s = " + value,
            "for i in range(%d, %d):".formatted(from, to),
            "    s = s + " + (useIndex ? step == 1 ? "i" : "i * " + step : step),
            "print(s)");
    List<String> steps = new ArrayList<>(List.of("s=" + value));
    for (int i = from; i < to; i++) {
      int added = useIndex ? i * step : step;
      steps.add("i=%d: s=%d+%d=%d".formatted(i, value, added, value + added));
      value += added;
    }
    return traced(program, steps, value);
  }

  private static Draft branch(int difficulty, RandomGenerator random) {
    int x = between(1, 20 * difficulty, random);
    int limit = between(1, 20 * difficulty, random);
    int added = between(1, 20, random);
    int removed = between(1, 20, random);
    boolean above = x > limit;
    List<String> program =
        List.of(
            "x = " + x,
            "if x > " + limit + ":",
            "    x = x - " + removed,
            "else:",
            "    x = x + " + added,
            "print(x)");
    int result = above ? x - removed : x + added;
    List<String> steps = new ArrayList<>();
    steps.add("x=" + x);
    steps.add("%d>%d is %s".formatted(x, limit, above ? "True" : "False"));
    steps.add(above ? Columns.difference(x, removed) : Columns.sum(x, added));
    return traced(program, steps, result);
  }

  private static Draft complete(int difficulty, RandomGenerator random) {
    return random.nextBoolean() ? missing(difficulty, random) : returned(difficulty, random);
  }

  private static Draft missing(int difficulty, RandomGenerator random) {
    int start = between(2, 6 + 3 * difficulty, random);
    int factor = between(2, 4 + difficulty, random);
    int shift = difficulty < 2 ? 0 : between(1, 10, random);
    int printed = start * factor + shift;
    List<String> program = new ArrayList<>(List.of("x = " + start, "y = x * ?"));
    List<String> steps = new ArrayList<>();
    if (shift > 0) {
      program.add("y = y + " + shift);
      steps.add("y before: %d-%d=%d".formatted(printed, shift, start * factor));
    }
    program.add("print(y)");
    steps.add("?=%d/%d=%d".formatted(start * factor, start, factor));
    String text = String.join("\n", program);
    return Draft.of(
        text, MISSING, Map.of("p", text, "t", printed), factor, String.join("\n", steps), MATH);
  }

  private static Draft returned(int difficulty, RandomGenerator random) {
    int a = between(2, 10 + 2 * difficulty, random);
    int b = between(1, 20 + 5 * difficulty, random);
    String[][] forms = {
      {"n plus %2$d", "n + %2$d"},
      {"n minus %2$d", "n - %2$d"},
      {"n times %1$d", "n * %1$d"},
      {"%1$d times n plus %2$d", "%1$d * n + %2$d"},
      {"%1$d times n minus %2$d", "%1$d * n - %2$d"},
      {"n times n plus %2$d", "n * n + %2$d"},
      {"the square of n minus %2$d", "n * n - %2$d"},
      {"%1$d times the square of n", "%1$d * n * n"},
      {"%1$d times the sum of n and %2$d", "%1$d * (n + %2$d)"}
    };
    String[] form = forms[random.nextInt(difficulty < 2 ? 3 : difficulty < 4 ? 6 : forms.length)];
    String description = form[0].formatted(a, b);
    String expression = form[1].formatted(a, b);
    String reasoning = description + "\n" + expression;
    return Draft.of(description, RETURNS, Map.of("d", description), expression, reasoning, MATH);
  }
}
