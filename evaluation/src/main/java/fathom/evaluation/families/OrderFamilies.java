package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;
import static fathom.evaluation.families.Draws.digits;

import fathom.evaluation.Checker;
import fathom.evaluation.ExactChecker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Comparing two numbers, whole or decimal, sorting several, and going on with a sequence.
final class OrderFamilies {
  private static final Checker MATH = new MathChecker();
  private static final Checker EXACT = new ExactChecker();
  private static final Phrasings LARGER =
      Phrasings.of(
          1,
          "Which is larger, {a} or {b}?",
          "Which number is bigger: {a} or {b}?",
          "What is the larger of {a} and {b}?",
          "Is {a} or {b} larger?",
          "Which number is larger: {a} or {b}?");
  private static final Phrasings SMALLER =
      Phrasings.of(
          1,
          "Which is smaller, {a} or {b}?",
          "Which number is less: {a} or {b}?",
          "What is the smaller of {a} and {b}?",
          "Is {a} or {b} smaller?",
          "Which number is smaller: {a} or {b}?");
  private static final Phrasings ASCENDING =
      Phrasings.of(
          1,
          "Sort these numbers from smallest to largest: {list}",
          "Put in ascending order: {list}",
          "Sort in ascending order: {list}",
          "Arrange from smallest to largest: {list}",
          "Arrange these numbers in ascending order: {list}",
          "Put {list} in ascending order.",
          "Sort from smallest to largest: {list}",
          "{list}: sort these numbers in ascending order.",
          "Put these numbers in ascending order: {list}");
  private static final Phrasings DESCENDING =
      Phrasings.of(
          1,
          "Sort these numbers from largest to smallest: {list}",
          "Put in descending order: {list}",
          "Sort in descending order: {list}",
          "Arrange from largest to smallest: {list}",
          "Arrange these numbers in descending order: {list}",
          "Put {list} in descending order.",
          "Sort from largest to smallest: {list}",
          "{list}: sort these numbers in descending order.",
          "Put these numbers in descending order: {list}");
  private static final Phrasings NEXT =
      Phrasings.of(
          1,
          "What comes next: {list}, ?",
          "What is the next number in the sequence {list}?",
          "Find the next number: {list}, ...",
          "Continue the sequence: {list}, ?",
          "Find the next number in the sequence: {list}");

  private OrderFamilies() {}

  static List<TaskFamily> all() {
    return List.of(
        new DraftedFamily("comparison", OrderFamilies::comparison),
        new DraftedFamily("sorting", OrderFamilies::sorting),
        new DraftedFamily("sequences", OrderFamilies::sequence));
  }

  private static Draft comparison(int difficulty, RandomGenerator random) {
    boolean decimal = difficulty >= 3 && random.nextBoolean();
    String first = decimal ? decimal(random) : "" + digits(difficulty + 1, random);
    String second = decimal ? decimal(random) : near(first, random);
    int order = new java.math.BigDecimal(first).compareTo(new java.math.BigDecimal(second));
    if (order == 0) {
      return comparison(difficulty, random);
    }
    boolean larger = random.nextBoolean();
    String answer = larger == order > 0 ? first : second;
    return Draft.of(
        first + ":" + second,
        larger ? LARGER : SMALLER,
        Map.of("a", first, "b", second),
        answer,
        compared(first, second),
        MATH);
  }

  private static String decimal(RandomGenerator random) {
    int whole = between(0, 12, random);
    return random.nextBoolean()
        ? "%d.%d".formatted(whole, between(1, 9, random))
        : "%d.%02d".formatted(whole, between(1, 99, random));
  }

  /// A number of about the same size: one digit changed, or a length of its own.
  private static String near(String number, RandomGenerator random) {
    if (random.nextInt(3) == 0) {
      return "" + digits(Math.max(1, number.length() + between(-1, 1, random)), random);
    }
    int place = random.nextInt(number.length());
    char digit = (char) ('1' + random.nextInt(9));
    return number.substring(0, place) + digit + number.substring(place + 1);
  }

  /// Lengths of the whole parts first, then digit by digit, decimals filled with zeros.
  private static String compared(String first, String second) {
    int decimals = Math.max(decimals(first), decimals(second));
    String a = filled(first, decimals);
    String b = filled(second, decimals);
    List<String> lines = new ArrayList<>();
    lines.add(a);
    lines.add(b);
    if (a.length() != b.length()) {
      int order = Integer.compare(a.length(), b.length());
      lines.add("length %d %s %d".formatted(a.length(), sign(order), b.length()));
      lines.add(first + sign(order) + second);
      return String.join("\n", lines);
    }
    for (int i = 0; i < a.length(); i++) {
      int order = Character.compare(a.charAt(i), b.charAt(i));
      if (a.charAt(i) != '.') {
        lines.add(a.charAt(i) + sign(order) + b.charAt(i));
      }
      if (order != 0) {
        lines.add(first + sign(order) + second);
        break;
      }
    }
    return String.join("\n", lines);
  }

  private static String sign(int order) {
    return order < 0 ? "<" : order > 0 ? ">" : "=";
  }

  private static int decimals(String number) {
    int point = number.indexOf('.');
    return point < 0 ? 0 : number.length() - point - 1;
  }

  private static String filled(String number, int decimals) {
    String pointed = decimals > 0 && number.indexOf('.') < 0 ? number + "." : number;
    return pointed + "0".repeat(decimals - decimals(number));
  }

  /// Insertion: each number in turn is put among those that are in order already, so that only
  /// neighbours need comparing.
  private static Draft sorting(int difficulty, RandomGenerator random) {
    List<Integer> numbers = new ArrayList<>();
    while (numbers.size() < difficulty + 2) {
      int number = digits(between(1, difficulty < 3 ? 2 : 3, random), random);
      if (!numbers.contains(number)) {
        numbers.add(number);
      }
    }
    boolean ascending = random.nextBoolean();
    Comparator<Integer> order = ascending ? Comparator.naturalOrder() : Collections.reverseOrder();
    List<Integer> placed = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (Integer number : numbers) {
      placed.add(number);
      placed.sort(order);
      lines.add(number + ": " + Columns.row(placed));
    }
    String sorted = commas(numbers.stream().sorted(order).toList());
    return Draft.of(
        commas(numbers.stream().sorted().toList()),
        ascending ? ASCENDING : DESCENDING,
        Map.of("list", commas(numbers)),
        sorted,
        String.join("\n", lines),
        EXACT);
  }

  private static String commas(List<?> values) {
    return String.join(", ", values.stream().map(String::valueOf).toList());
  }

  private static Draft sequence(int difficulty, RandomGenerator random) {
    int kind = random.nextInt(Math.min(4, difficulty + 1));
    return switch (kind) {
      case 0 -> steady(between(1, 10 * difficulty, random), between(2, 5 * difficulty, random));
      case 1 -> steady(between(50, 100 * difficulty, random), -between(2, 9, random));
      case 2 -> doubling(between(1, 9, random), between(2, difficulty < 4 ? 3 : 5, random));
      default -> growing(between(1, 30, random), between(1, 9, random), between(1, 4, random));
    };
  }

  private static Draft steady(int start, int step) {
    return sequence(
        List.of(start, start + step, start + 2 * step, start + 3 * step), "steady", step);
  }

  private static Draft growing(int start, int step, int growth) {
    int second = start + step;
    int third = second + step + growth;
    return sequence(
        List.of(start, second, third, third + step + 2 * growth), "growing", step + 3 * growth);
  }

  /// The steps between the terms, each worked out, then what they have in common.
  private static Draft sequence(List<Integer> terms, String kind, int step) {
    List<String> lines = steps(terms);
    lines.add(kind + ", next %+d".formatted(step));
    int last = terms.getLast();
    lines.add(step < 0 ? Columns.difference(last, -step) : Columns.sum(last, step));
    return next(terms, last + step, lines);
  }

  private static List<String> steps(List<Integer> terms) {
    List<String> lines = new ArrayList<>();
    StringBuilder steps = new StringBuilder("steps");
    for (int i = 1; i < terms.size(); i++) {
      int before = terms.get(i - 1);
      int after = terms.get(i);
      lines.add(Columns.difference(Math.max(before, after), Math.min(before, after)));
      steps.append(" %+d".formatted(after - before));
    }
    lines.add(steps.toString());
    return lines;
  }

  private static Draft doubling(int start, int factor) {
    List<Integer> terms =
        List.of(start, start * factor, start * factor * factor, start * factor * factor * factor);
    List<String> lines = steps(terms);
    lines.add("times, next *" + factor);
    lines.add(Columns.product(terms.getLast(), factor));
    return next(terms, terms.getLast() * factor, lines);
  }

  private static Draft next(List<Integer> terms, int answer, List<String> lines) {
    return Draft.of(
        commas(terms), NEXT, Map.of("list", commas(terms)), answer, String.join("\n", lines), MATH);
  }
}
