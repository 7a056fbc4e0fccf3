package fathom.evaluation.math;

import java.util.List;
import java.util.Locale;

/// Units of measure as words. A unit on one side only is ignored; two different known units, such
/// as cm and m, make two answers different.
final class Units {
  private static final List<List<String>> KNOWN =
      List.of(
          List.of("mm", "millimeter", "millimetre"),
          List.of("cm", "centimeter", "centimetre"),
          List.of("m", "meter", "metre"),
          List.of("km", "kilometer", "kilometre"),
          List.of("in", "inch", "inche"),
          List.of("ft", "foot", "feet"),
          List.of("yd", "yard"),
          List.of("mi", "mile"),
          List.of("mg", "milligram"),
          List.of("g", "gram"),
          List.of("kg", "kilogram"),
          List.of("lb", "pound"),
          List.of("ml", "mL", "milliliter", "millilitre"),
          List.of("l", "L", "liter", "litre"),
          List.of("sec", "second"),
          List.of("min", "minute"),
          List.of("h", "hr", "hour"),
          List.of("day"),
          List.of("week"),
          List.of("month"),
          List.of("year"),
          List.of("cent"),
          List.of("dollar"));

  private Units() {}

  /// Whether letters after a plain number are a unit and no variable: a known short name, or words
  /// of three letters and more ("eggs", "square inches").
  static boolean isUnit(String words) {
    String word = words.strip();
    return index(word) >= 0 || word.chars().filter(Character::isLetter).count() >= 3;
  }

  /// Whether both units are known and differ.
  static boolean conflict(String first, String second) {
    int a = index(first);
    int b = index(second);
    return a >= 0 && b >= 0 && a != b;
  }

  private static int index(String written) {
    String word =
        written
            .replace("^", "")
            .replace(".", "")
            .replaceAll("(?i)\\b(?:square|cubic|sq|cu)\\b", "")
            .strip();
    String lower = word.toLowerCase(Locale.ROOT);
    String singular = lower.endsWith("s") ? lower.substring(0, lower.length() - 1) : lower;
    for (int i = 0; i < KNOWN.size(); i++) {
      if (KNOWN.get(i).contains(word)
          || KNOWN.get(i).contains(lower)
          || KNOWN.get(i).contains(singular)) {
        return i;
      }
    }
    return -1;
  }
}
