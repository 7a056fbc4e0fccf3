package fathom.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What `value|name` gives.
final class Filters {
  private final Budget budget;
  private final ListFilters lists;

  Filters(Budget budget, Members members) {
    this.budget = budget;
    this.lists = new ListFilters(budget, members, this);
  }

  Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "default", "d" -> {
        boolean missing =
            value instanceof Undefined
                || (arguments.flag(1, "boolean", false) && !Values.truth(value));
        yield missing ? arguments.get(0, "default_value", "") : value;
      }
      case "tojson" -> budget.text(PythonJson.write(value, arguments, budget));
      case "string" -> str(value);
      case "length", "count" -> Values.length(value);
      case "safe" -> value;
      case "items" ->
          switch (value) {
            case Undefined undefined -> List.of();
            case Map<?, ?> map -> Members.items(map, budget);
            default ->
                throw new JinjaException("items: a dict is needed, not " + Values.describe(value));
          };
      case "int" -> integer(value, arguments);
      case "float" -> floating(value, arguments);
      case "abs" -> Arithmetic.compare(value, 0L) < 0 ? Arithmetic.negate(value) : value;
      case "round" -> round(value, arguments);
      default -> {
        Object text = text(name, value, arguments);
        yield text == None.NONE ? lists.apply(name, value, arguments) : text;
      }
    };
  }

  private String str(Object value) {
    return PythonText.str(value, budget);
  }

  /// The filters on text; [None] if `name` is none of them.
  private Object text(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "trim" -> {
        Object characters = arguments.get(0, "chars", None.NONE);
        yield StringMethods.strip(
            str(value),
            characters == None.NONE ? null : Values.text(characters, "chars"),
            true,
            true);
      }
      case "upper" -> budget.text(str(value).toUpperCase(Locale.ROOT));
      case "lower" -> budget.text(str(value).toLowerCase(Locale.ROOT));
      case "capitalize" -> budget.text(StringMethods.capitalize(str(value)));
      case "title" -> budget.text(StringMethods.title(str(value)));
      case "replace" -> StringMethods.replace(str(value), arguments, budget);
      case "format" ->
          Formatting.percent(Values.text(value, "a format"), arguments.positional(), budget);
      case "indent" -> indent(str(value), arguments);
      case "wordcount" -> (long) ((List<?>) split(str(value))).size();
      case "center" -> center(str(value), arguments);
      case "escape", "e", "forceescape" -> escape(str(value));
      default -> None.NONE;
    };
  }

  private Object split(String text) {
    Function split = StringMethods.of(text, "split", budget);
    return split == null ? List.of() : split.call(Arguments.NONE);
  }

  private String escape(String text) {
    return budget.text(
        text.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("'", "&#39;")
            .replace("\"", "&#34;"));
  }

  private String center(String text, Arguments arguments) {
    int missing = Math.max(0, arguments.integer(0, "width", 80) - text.length());
    budget.text(text.length() + (long) missing);
    return " ".repeat(missing / 2) + text + " ".repeat(missing - missing / 2);
  }

  private String indent(String text, Arguments arguments) {
    Object width = arguments.get(0, "width", 4L);
    String blanks =
        width instanceof String given
            ? given
            : " ".repeat(Math.clamp(Values.index(width, "width"), 0, 1000));
    boolean first = arguments.flag(1, "first", false);
    boolean blank = arguments.flag(2, "blank", false);
    StringBuilder out = new StringBuilder();
    String[] lines = text.split("\n", -1);
    budget.list(lines.length);
    for (int i = 0; i < lines.length; i++) {
      boolean wanted = i == 0 ? first : blank || !lines[i].isEmpty();
      out.append(i == 0 ? "" : "\n").append(wanted ? blanks : "").append(lines[i]);
      budget.text(out.length() / 64);
    }
    return budget.text(out.toString());
  }

  private Object integer(Object value, Arguments arguments) {
    Object otherwise = arguments.get(0, "default", 0L);
    try {
      return switch (value) {
        case Boolean flag -> flag ? 1L : 0L;
        case Double number -> Arithmetic.integer(new BigDecimal(number).toBigInteger());
        case Number number -> number;
        case String text when text.length() < 400 ->
            Arithmetic.integer(new BigDecimal(text.strip()).toBigInteger());
        default -> otherwise;
      };
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private Object floating(Object value, Arguments arguments) {
    Object otherwise = arguments.get(0, "default", 0.0);
    try {
      return switch (value) {
        case Double number -> number;
        case String text when text.length() < 400 -> Double.valueOf(text.strip());
        default -> Values.isNumber(value) ? Arithmetic.floating(value) : otherwise;
      };
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static Object round(Object value, Arguments arguments) {
    if (!Values.isNumber(value)) {
      throw new JinjaException("round: a number is needed, not " + Values.describe(value));
    }
    double number = Arithmetic.floating(value);
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return number;
    }
    RoundingMode mode =
        switch (arguments.get(1, "method", "common").toString()) {
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> RoundingMode.HALF_EVEN;
        };
    int places = Math.clamp(arguments.integer(0, "precision", 0), -300, 300);
    return new BigDecimal(number).setScale(places, mode).doubleValue();
  }
}
