package fathom.generation;

import java.util.Map;
import java.util.Optional;

/// The formats of strings that a grammar keeps, as patterns. They accept a part of what the
/// standards allow, chosen so that every validator agrees; other formats say nothing, as JSON
/// schema has it.
final class StringFormats {
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final String HEX = "[0-9A-Fa-f]";
  private static final String GROUP = HEX + "{1,4}";
  private static final String DATE =
      "[1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
          + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
  private static final String TIME =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?"
          + "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])";

  private static final Map<String, String> PATTERNS =
      Map.of(
          "email",
          "[A-Za-z0-9_%+-]{1,30}(\\.[A-Za-z0-9_%+-]{1,15}){0,2}@("
              + LABEL
              + "\\.){1,3}[A-Za-z]{2,24}",
          "hostname",
          "(" + LABEL + "\\.){0,3}" + LABEL,
          "ipv4",
          "(" + OCTET + "\\.){3}" + OCTET,
          "ipv6",
          ipv6(),
          "uuid",
          HEX + "{8}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{12}",
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME);

  private StringFormats() {}

  /// Eight groups, or fewer around one `::`.
  private static String ipv6() {
    StringBuilder pattern = new StringBuilder("(" + GROUP + ":){7}" + GROUP);
    for (int before = 0; before <= 6; before++) {
      pattern.append('|');
      pattern.append(before == 0 ? ":" : "(" + GROUP + ":){" + before + "}");
      int most = 6 - before;
      pattern.append(':');
      if (most > 0) {
        pattern.append("(").append(GROUP).append("(:").append(GROUP).append("){0,");
        pattern.append(most - 1).append("})?");
      }
    }
    return pattern.toString();
  }

  /// The pattern of a format; empty if the format is none that is kept.
  static Optional<String> pattern(String format) {
    return Optional.ofNullable(PATTERNS.get(format)).map(pattern -> "^(" + pattern + ")$");
  }
}
