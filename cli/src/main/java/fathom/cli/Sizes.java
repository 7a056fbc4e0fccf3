package fathom.cli;

import java.util.Locale;

/// Numbers as people read them.
final class Sizes {
  private static final String[] BYTE_UNITS = {"B", "KB", "MB", "GB", "TB", "PB"};
  private static final String[] COUNT_UNITS = {"", "K", "M", "B", "T"};

  private Sizes() {}

  /// `1.5 GB`: decimal units, three digits.
  static String bytes(double bytes) {
    return scaled(bytes, BYTE_UNITS, " ");
  }

  /// `1.54B`: a number of parameters or tokens.
  static String count(double count) {
    return scaled(count, COUNT_UNITS, "");
  }

  private static String scaled(double value, String[] units, String gap) {
    int unit = 0;
    double scaled = value;
    while (scaled >= 999.5 && unit < units.length - 1) {
      scaled /= 1000;
      unit++;
    }
    int decimals = unit == 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f%s%s", scaled, gap, units[unit]).strip();
  }
}
