package fathom.evaluation.families;

import static fathom.evaluation.families.Draws.between;

import fathom.evaluation.Checker;
import fathom.evaluation.ExactChecker;
import fathom.evaluation.MathChecker;
import fathom.evaluation.TaskFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Units, the clock and the calendar.
final class MeasureFamilies {
  private static final Checker MATH = new MathChecker();
  private static final Checker EXACT = new ExactChecker();
  private static final List<String> WEEK =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
  private static final List<String> MONTHS =
      List.of(
          "January",
          "February",
          "March",
          "April",
          "May",
          "June",
          "July",
          "August",
          "September",
          "October",
          "November",
          "December");
  private static final List<Integer> MONTH_DAYS =
      List.of(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

  /// One large unit is `factor` small ones.
  private record Conversion(String large, String small, int factor) {}

  private static final List<Conversion> CONVERSIONS =
      List.of(
          new Conversion("hours", "minutes", 60),
          new Conversion("minutes", "seconds", 60),
          new Conversion("days", "hours", 24),
          new Conversion("weeks", "days", 7),
          new Conversion("years", "months", 12),
          new Conversion("feet", "inches", 12),
          new Conversion("meters", "centimeters", 100),
          new Conversion("kilometers", "meters", 1000),
          new Conversion("kilograms", "grams", 1000),
          new Conversion("dollars", "cents", 100));
  private static final Phrasings UNITS =
      Phrasings.of(
          1,
          "How many {to} are in {n} {from}?",
          "Convert {n} {from} to {to}.",
          "{n} {from} is how many {to}?",
          "How many {to} is {n} {from}?",
          "Change {n} {from} to {to}.",
          "{n} {from} to {to}: convert.",
          "{n} {from} are how many {to}?",
          "What is {n} {from} in {to}?",
          "Convert {n} {from}: how many {to} are in {n} {from}?");
  private static final Phrasings LATER =
      Phrasings.of(
          1,
          "What time is it {m} minutes after {t}?",
          "It is {t}. What time is it in {m} minutes?",
          "A film starts at {t} and lasts {m} minutes. When does it end?",
          "A train leaves at {t} and travels for {m} minutes. When does it arrive?",
          "A film starts at {t}. What time is it {m} minutes after it starts?");
  private static final Phrasings BETWEEN =
      Phrasings.of(
          1,
          "How many minutes are there from {t} to {u}?",
          "A train leaves at {t} and arrives at {u}. How many minutes does it travel?",
          "How many minutes pass between {t} and {u}?",
          "How many minutes are there between {t} and {u}?");
  private static final Phrasings WEEKDAY =
      Phrasings.of(
          1,
          "What day is it {n} days after {d}?",
          "Today is {d}. What day is it in {n} days?",
          "If today is {d}, what day comes {n} days after?",
          "If today is {d}, what day is it in {n} days?");
  private static final Phrasings DATE =
      Phrasings.of(
          1,
          "What is the date {n} days after {m} {d}?",
          "Today is {m} {d}. What is the date in {n} days?",
          "Find the date {n} days after {m} {d}.",
          "Today is {m} {d}. Find the date in {n} days.");

  private MeasureFamilies() {}

  static List<TaskFamily> all() {
    return List.of(
        new DraftedFamily("units", MeasureFamilies::units),
        new DraftedFamily("time", MeasureFamilies::time),
        new DraftedFamily("calendar", MeasureFamilies::calendar));
  }

  private static Draft units(int difficulty, RandomGenerator random) {
    Conversion conversion = Draws.one(CONVERSIONS, random);
    int count = between(2, 8 + 8 * difficulty, random);
    boolean down = random.nextInt(3) > 0;
    int small = count * conversion.factor();
    String rule =
        "1 %s = %d %s\n".formatted(conversion.large(), conversion.factor(), conversion.small());
    String reasoning =
        down
            ? rule + product(count, conversion.factor())
            : rule + quotient(small, conversion.factor());
    Map<String, ?> slots =
        Map.of(
            "n", down ? count : small,
            "from", down ? conversion.large() : conversion.small(),
            "to", down ? conversion.small() : conversion.large());
    int answer = down ? small : count;
    return new Draft(
        conversion.large() + count,
        UNITS,
        slots,
        String.valueOf(answer),
        reasoning,
        "The answer is %d %s.".formatted(answer, slots.get("to")),
        MATH);
  }

  private static String product(int count, int factor) {
    return factor % 100 == 0
        ? "%d*%d=%d".formatted(count, factor, count * factor)
        : Columns.product(count, factor);
  }

  private static String quotient(int value, int factor) {
    return factor % 100 == 0
        ? "%d/%d=%d".formatted(value, factor, value / factor)
        : Columns.quotient(value, factor);
  }

  private static Draft time(int difficulty, RandomGenerator random) {
    int start = between(0, 20, random) * 60 + 5 * between(0, 11, random);
    int minutes =
        difficulty < 3 ? 5 * between(1, 12 * difficulty, random) : between(11, 200, random);
    int end = start + minutes;
    if (end >= 24 * 60) {
      return time(difficulty, random);
    }
    String operands = start + ":" + minutes;
    if (random.nextInt(3) > 0) {
      String reasoning =
          "%d=60*%d+%d\n".formatted(minutes, minutes / 60, minutes % 60) + clockSum(start, minutes);
      return Draft.of(
          operands, LATER, Map.of("t", clock(start), "m", minutes), clock(end), reasoning, EXACT);
    }
    String reasoning =
        sinceMidnight(start) + "\n" + sinceMidnight(end) + "\n" + Columns.difference(end, start);
    return Draft.of(
        operands, BETWEEN, Map.of("t", clock(start), "u", clock(end)), minutes, reasoning, MATH);
  }

  /// Hours to hours, minutes to minutes, and sixty minutes make an hour.
  private static String clockSum(int start, int minutes) {
    int hours = start / 60 + minutes / 60;
    int rest = start % 60 + minutes % 60;
    String lines =
        "hours %d+%d=%d\nminutes %d+%d=%d"
            .formatted(start / 60, minutes / 60, hours, start % 60, minutes % 60, rest);
    if (rest >= 60) {
      lines += "\n%d-60=%d, hours %d+1=%d".formatted(rest, rest - 60, hours, hours + 1);
    }
    return lines + "\n" + clock(start + minutes);
  }

  private static String sinceMidnight(int time) {
    int hours = time / 60;
    return "%s: %d*60=%d, %d+%d=%d"
        .formatted(clock(time), hours, hours * 60, hours * 60, time % 60, time);
  }

  private static String clock(int minutes) {
    return "%d:%02d".formatted(minutes / 60, minutes % 60);
  }

  private static Draft calendar(int difficulty, RandomGenerator random) {
    if (difficulty < 3 || random.nextBoolean()) {
      return weekday(random.nextInt(7), between(2, 10 + 18 * difficulty, random));
    }
    int month = random.nextInt(11);
    return date(month, between(1, MONTH_DAYS.get(month), random), between(3, 28, random));
  }

  private static Draft weekday(int day, int days) {
    List<String> lines = new ArrayList<>();
    lines.add("%d=7*%d+%d".formatted(days, days / 7, days % 7));
    lines.add(WEEK.get(day) + " +0");
    for (int i = 1; i <= days % 7; i++) {
      lines.add("%s +%d".formatted(WEEK.get((day + i) % 7), i));
    }
    String answer = WEEK.get((day + days) % 7);
    return Draft.of(
        WEEK.get(day) + days,
        WEEKDAY,
        Map.of("d", WEEK.get(day), "n", days),
        answer,
        String.join("\n", lines),
        EXACT);
  }

  private static Draft date(int month, int day, int days) {
    int length = MONTH_DAYS.get(month);
    int sum = day + days;
    boolean next = sum > length;
    String answer = MONTHS.get(next ? month + 1 : month) + " " + (next ? sum - length : sum);
    String lines = "%s has %d days\n%d+%d=%d".formatted(MONTHS.get(month), length, day, days, sum);
    lines +=
        next
            ? "\n%d>%d\n%d-%d=%d".formatted(sum, length, sum, length, sum - length)
            : "\n%d<=%d".formatted(sum, length);
    return Draft.of(
        MONTHS.get(month) + day + ":" + days,
        DATE,
        Map.of("m", MONTHS.get(month), "d", day, "n", days),
        answer,
        lines + "\n" + answer,
        EXACT);
  }
}
