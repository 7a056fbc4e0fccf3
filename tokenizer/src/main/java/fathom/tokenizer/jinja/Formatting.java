package fathom.tokenizer.jinja;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's two ways to fill in a text: `'%s' % value` and `'{}'.format(value)`.
final class Formatting {
  private static final Pattern PERCENT =
      Pattern.compile("%([-0+ ]*)(\\d{0,3})(?:\\.(\\d{1,2}))?([%sdrfi])");
  private static final Pattern BRACES = Pattern.compile("\\{\\{|}}|\\{([A-Za-z_0-9]*)}");

  private Formatting() {}

  static String percent(String format, Object values, Budget budget) {
    List<?> given = values instanceof List<?> list ? list : List.of(values);
    StringBuilder out = new StringBuilder();
    Matcher matcher = PERCENT.matcher(format);
    int next = 0;
    int at = 0;
    while (matcher.find()) {
      out.append(format, at, matcher.start());
      at = matcher.end();
      if (matcher.group(4).equals("%")) {
        out.append('%');
        continue;
      }
      if (next >= given.size()) {
        throw new JinjaException("too few values for the format '" + format + "'");
      }
      out.append(padded(matcher, convert(matcher, Values.present(given.get(next++)), budget)));
      budget.text(out.length() / 64);
    }
    return budget.text(out.append(format, at, format.length()).toString());
  }

  private static String convert(Matcher spec, Object value, Budget budget) {
    return switch (spec.group(4)) {
      case "d", "i" -> {
        if (!Values.isNumber(value)) {
          throw new JinjaException("%d needs a number, not " + Values.describe(value));
        }
        yield value instanceof Double number
            ? Long.toString((long) number.doubleValue())
            : Arithmetic.apply("+", value, 0L, budget).toString();
      }
      case "f" -> {
        if (!Values.isNumber(value)) {
          throw new JinjaException("%f needs a number, not " + Values.describe(value));
        }
        String digits = spec.group(3);
        int places = digits == null ? 6 : Integer.parseInt(digits);
        yield String.format(Locale.ROOT, "%." + places + "f", Arithmetic.floating(value));
      }
      case "r" -> {
        String list = PythonText.str(List.of(value), budget);
        yield list.substring(1, list.length() - 1);
      }
      default -> PythonText.str(value, budget);
    };
  }

  private static String padded(Matcher spec, String text) {
    int width = spec.group(2).isEmpty() ? 0 : Integer.parseInt(spec.group(2));
    int missing = Math.max(0, width - text.length());
    if (spec.group(1).contains("-")) {
      return text + " ".repeat(missing);
    }
    return (spec.group(1).contains("0") ? "0" : " ").repeat(missing) + text;
  }

  static String braces(String format, Arguments arguments, Budget budget) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = BRACES.matcher(format);
    int next = 0;
    int at = 0;
    while (matcher.find()) {
      out.append(format, at, matcher.start());
      at = matcher.end();
      String name = matcher.group(1);
      if (name == null) {
        out.append(matcher.group().charAt(0));
      } else if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
        int index = name.isEmpty() ? next++ : Integer.parseInt(name);
        out.append(PythonText.str(arguments.require(index, name), budget));
      } else {
        out.append(PythonText.str(arguments.require(Integer.MAX_VALUE, name), budget));
      }
      budget.text(out.length() / 64);
    }
    return budget.text(out.append(format, at, format.length()).toString());
  }
}
