package fathom.tokenizer.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// C's `strftime`, in English.
final class DateFormatting {
  private DateFormatting() {}

  static String format(String format, ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char code = format.charAt(++i);
      if (code == '-' && i + 1 < format.length()) {
        String padded = one(format.charAt(++i), time);
        out.append(padded.length() > 1 && padded.startsWith("0") ? padded.substring(1) : padded);
      } else {
        out.append(one(code, time));
      }
    }
    return out.toString();
  }

  private static String one(char code, ZonedDateTime time) {
    String pattern =
        switch (code) {
          case 'Y' -> "yyyy";
          case 'y' -> "yy";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'f' -> "SSSSSS";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'Z' -> "zzz";
          case 'z' -> "xx";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'D' -> "MM/dd/yy";
          case '%' -> "'%'";
          default -> throw new JinjaException("strftime_now: unknown format %" + code);
        };
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
  }
}
