package fathom.evaluation.families;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/// Written arithmetic as a small model can learn it: digits least significant first, one
/// column a line, the carry visible in every line. Each method returns lines whose last one is
/// `a+b=result`.
///
///     4817+2596
///     7184
///     6952
///     7+6+0=13
///     1+9+1=11
///     8+5+1=14
///     4+2+1=07
///     3147
///     4817+2596=7413
final class Columns {
  private static final long SMALL = 20;

  private Columns() {}

  /// a + b for a, b ≥ 0.
  static String sum(long a, long b) {
    if (a <= SMALL && b <= SMALL) {
      return "%d+%d=%d".formatted(a, b, a + b);
    }
    int width = Math.max(digits(a).size(), digits(b).size());
    List<Integer> left = padded(a, width);
    List<Integer> right = padded(b, width);
    List<String> lines = new ArrayList<>(List.of(a + "+" + b, run(left), run(right)));
    List<Integer> result = new ArrayList<>();
    int carry = 0;
    for (int i = 0; i < width; i++) {
      int column = left.get(i) + right.get(i) + carry;
      lines.add("%d+%d+%d=%02d".formatted(left.get(i), right.get(i), carry, column));
      result.add(column % 10);
      carry = column / 10;
    }
    if (carry > 0) {
      lines.add("0+0+1=01");
      result.add(carry);
    }
    lines.add(run(result));
    lines.add("%d+%d=%d".formatted(a, b, a + b));
    return String.join("\n", lines);
  }

  /// a − b, also where the result is negative.
  static String difference(long a, long b) {
    if (a < b) {
      return "%d<%d\n%s\n%d-%d=%d".formatted(a, b, difference(b, a), a, b, a - b);
    }
    if (a <= SMALL) {
      return "%d-%d=%d".formatted(a, b, a - b);
    }
    int width = digits(a).size();
    List<Integer> left = digits(a);
    List<Integer> right = padded(b, width);
    List<String> lines = new ArrayList<>(List.of(a + "-" + b, run(left), run(right)));
    List<Integer> result = new ArrayList<>();
    int borrow = 0;
    for (int i = 0; i < width; i++) {
      boolean borrows = left.get(i) < right.get(i) + borrow;
      int top = left.get(i) + (borrows ? 10 : 0);
      int digit = top - right.get(i) - borrow;
      lines.add("%d-%d-%d=%d".formatted(top, right.get(i), borrow, digit));
      result.add(digit);
      borrow = borrows ? 1 : 0;
    }
    lines.add(run(result));
    lines.add("%d-%d=%d".formatted(a, b, a - b));
    return String.join("\n", lines);
  }

  /// a · b for a, b ≥ 0: one partial product for each digit of b, then their sum.
  static String product(long a, long b) {
    if (a <= 10 && b <= 10) {
      return "%d*%d=%d".formatted(a, b, a * b);
    }
    if (a < b) {
      return product(b, a) + "\n%d*%d=%d".formatted(a, b, a * b);
    }
    List<String> lines = new ArrayList<>();
    List<Integer> digits = digits(b);
    long total = 0;
    long place = 1;
    for (int digit : digits) {
      if (digit > 0) {
        lines.add(partial(a, digit));
        long part = a * digit * place;
        if (total > 0) {
          lines.add(sum(total, part));
        }
        total += part;
      }
      place *= 10;
    }
    if (digits.size() > 1 || b == 0) {
      lines.add("%d*%d=%d".formatted(a, b, a * b));
    }
    return String.join("\n", lines);
  }

  private static String partial(long a, int digit) {
    List<String> lines = new ArrayList<>();
    List<Integer> digits = digits(a);
    if (digits.size() > 1 && digit > 1) {
      lines.add("%d*%d".formatted(a, digit));
      lines.add(run(digits));
      List<Integer> result = new ArrayList<>();
      int carry = 0;
      for (int d : digits) {
        int column = d * digit + carry;
        lines.add("%d*%d+%d=%02d".formatted(d, digit, carry, column));
        result.add(column % 10);
        carry = column / 10;
      }
      if (carry > 0) {
        lines.add("0*%d+%d=%02d".formatted(digit, carry, carry));
        result.add(carry);
      }
      lines.add(run(result));
    }
    lines.add("%d*%d=%d".formatted(a, digit, a * digit));
    return String.join("\n", lines);
  }

  /// a ÷ b with remainder, for a ≥ 0 and b ≥ 1: long division, one digit of a a line.
  static String quotient(long a, long b) {
    if (a <= 10 * b && b <= 10) {
      return (a % b == 0 ? "" : step(a, b) + "\n") + division(a, b);
    }
    List<String> lines = new ArrayList<>(List.of(a + "/" + b));
    List<Integer> digits = new ArrayList<>(digits(a));
    Collections.reverse(digits);
    if (b > 10) {
      lines.add(multiples(b));
    }
    List<Integer> result = new ArrayList<>();
    long rest = 0;
    for (int digit : digits) {
      long part = rest * 10 + digit;
      rest = part % b;
      lines.add(step(part, b));
      result.add((int) (part / b));
    }
    lines.add(run(result));
    lines.add(division(a, b));
    return String.join("\n", lines);
  }

  /// "31=9*3+4"; by more than ten the multiple is looked up and taken off: "136-120=16, 5".
  private static String step(long part, long b) {
    long digit = part / b;
    return b > 10
        ? "%d-%d=%d, %d".formatted(part, digit * b, part % b, digit)
        : "%d=%d*%d+%d".formatted(part, b, digit, part % b);
  }

  /// "13: 13 26 39 …", among which the quotients' digits are looked up.
  private static String multiples(long b) {
    return b + ": " + row(LongStream.rangeClosed(1, 9).map(i -> i * b).boxed().toList());
  }

  private static String division(long a, long b) {
    return a % b == 0
        ? "%d/%d=%d".formatted(a, b, a / b)
        : "%d/%d=%d r %d".formatted(a, b, a / b, a % b);
  }

  /// The digits, least significant first.
  static List<Integer> digits(long value) {
    return new StringBuilder(Long.toString(value))
        .reverse()
        .chars()
        .map(c -> c - '0')
        .boxed()
        .toList();
  }

  private static List<Integer> padded(long value, int width) {
    List<Integer> digits = new ArrayList<>(digits(value));
    while (digits.size() < width) {
      digits.add(0);
    }
    return digits;
  }

  private static String run(List<Integer> digits) {
    return String.join("", digits.stream().map(String::valueOf).toList());
  }

  static String row(List<?> values) {
    return String.join(" ", values.stream().map(String::valueOf).toList());
  }
}
