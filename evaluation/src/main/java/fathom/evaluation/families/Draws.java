package fathom.evaluation.families;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Random choices that several families make.
final class Draws {
  private Draws() {}

  /// A whole number from `low` to `high`, both included.
  static int between(int low, int high, RandomGenerator random) {
    return random.nextInt(low, high + 1);
  }

  /// A number of exactly the given count of digits.
  static int digits(int count, RandomGenerator random) {
    int low = count == 1 ? 1 : power(count - 1);
    return random.nextInt(low, power(count));
  }

  private static int power(int exponent) {
    int value = 1;
    for (int i = 0; i < exponent; i++) {
      value *= 10;
    }
    return value;
  }

  static <T> T one(List<T> values, RandomGenerator random) {
    return values.get(random.nextInt(values.size()));
  }

  /// Different elements in random order.
  static <T> List<T> some(int count, List<T> values, RandomGenerator random) {
    List<T> rest = new ArrayList<>(values);
    List<T> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      drawn.add(rest.remove(random.nextInt(rest.size())));
    }
    return drawn;
  }

  /// The two operands in order, for operations that commute.
  static String unordered(long a, long b) {
    return Math.min(a, b) + ":" + Math.max(a, b);
  }
}
