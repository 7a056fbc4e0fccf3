package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// An expression that grows by one operation at a time, with brackets exactly where precedence
/// needs them, and the steps that evaluate it from the inside.
final class Chain {
  private static final int LARGEST = 2_000;

  private final List<String> steps = new ArrayList<>();
  private String text;
  private long value;
  private boolean sum;

  Chain(int start) {
    text = String.valueOf(start);
    value = start;
  }

  /// Adds, subtracts or multiplies by one more number, on either side.
  void extend(int limit, RandomGenerator random) {
    int operand = between(2, limit, random);
    boolean small = value <= LARGEST / 10;
    int operation = random.nextInt(small ? 3 : 2);
    if (operation == 2) {
      multiply(between(2, 9, random), random.nextBoolean());
    } else if (operation == 1 && value > operand) {
      steps.add(Columns.difference(value, operand));
      text = text + " - " + operand;
      value -= operand;
      sum = true;
    } else {
      add(operand, random.nextBoolean());
    }
  }

  private void add(int operand, boolean left) {
    steps.add(left ? Columns.sum(operand, value) : Columns.sum(value, operand));
    text =
        left && !sum
            ? operand + " + " + text
            : left ? operand + " + (" + text + ")" : text + " + " + operand;
    value += operand;
    sum = true;
  }

  private void multiply(int operand, boolean left) {
    String inside = sum ? "(" + text + ")" : text;
    steps.add(left ? Columns.product(operand, value) : Columns.product(value, operand));
    text = left ? operand + " * " + inside : inside + " * " + operand;
    value *= operand;
    sum = false;
  }

  String text() {
    return text;
  }

  long value() {
    return value;
  }

  String steps() {
    return String.join("\n", steps);
  }
}
