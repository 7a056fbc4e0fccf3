package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;

/// A word problem in the making: the numbers drawn so far, the words in its slots, and the steps of
/// its solution. Each operation writes what it computes, then the arithmetic.
final class Story {
  private final int difficulty;
  private final RandomGenerator random;
  private final SequencedMap<String, Object> slots = new LinkedHashMap<>();
  private final List<String> steps = new ArrayList<>();

  Story(int difficulty, RandomGenerator random) {
    this.difficulty = difficulty;
    this.random = random;
  }

  /// Draws a number for a slot; its upper end grows with the difficulty.
  int number(String slot, int low, int high) {
    int value = between(low, low + (high - low) * (difficulty + 1) / 6, random);
    slots.put(slot, value);
    return value;
  }

  /// Puts a number, computed elsewhere, in a slot.
  int set(String slot, int value) {
    slots.put(slot, value);
    return value;
  }

  /// Draws one of the words for a slot.
  void word(String slot, List<String> words) {
    List<String> rest = words.stream().filter(word -> !slots.containsValue(word)).toList();
    slots.put(slot, Draws.one(rest, random));
  }

  int add(String what, int a, int b) {
    return step(what, Columns.sum(a, b), a + b);
  }

  int subtract(String what, int a, int b) {
    return step(what, Columns.difference(a, b), a - b);
  }

  int multiply(String what, int a, int b) {
    return step(what, Columns.product(a, b), a * b);
  }

  int divide(String what, int a, int b) {
    return step(what, Columns.quotient(a, b), a / b);
  }

  private int step(String what, String arithmetic, int value) {
    steps.add(Phrasings.fill(what, slots) + ":\n" + arithmetic);
    return value;
  }

  SequencedMap<String, Object> slots() {
    return slots;
  }

  String steps() {
    return String.join("\n", steps);
  }

  /// The numbers in the slots, which decide the split.
  String operands() {
    return String.join(
        ":",
        slots.values().stream().filter(Integer.class::isInstance).map(String::valueOf).toList());
  }
}
