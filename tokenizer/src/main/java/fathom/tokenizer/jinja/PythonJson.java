package fathom.tokenizer.jinja;

import java.util.List;
import java.util.Map;

/// Python's `json.dumps(value, ensure_ascii=False)`: the filter `tojson` as transformers sets it
/// up. Separators `", "` and `": "`, insertion order, nothing escaped for HTML.
final class PythonJson {
  private static final int DEEPEST = 200;

  private final StringBuilder out = new StringBuilder();
  private final Budget budget;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;

  /// @param indent the blanks of one level; empty for everything in one line
  private PythonJson(Budget budget, String indent, String itemSeparator, String keySeparator) {
    this.budget = budget;
    this.indent = indent;
    this.itemSeparator = itemSeparator;
    this.keySeparator = keySeparator;
  }

  static String write(Object value, Arguments arguments, Budget budget) {
    Object indent = arguments.get(0, "indent", None.NONE);
    String blanks =
        indent instanceof String text
            ? text
            : " ".repeat(indent == None.NONE ? 0 : Math.min(16, Values.index(indent, "indent")));
    String itemSeparator = indent == None.NONE ? ", " : ",";
    String keySeparator = ": ";
    if (arguments.named().get("separators") instanceof List<?> pair && pair.size() == 2) {
      itemSeparator = Values.text(pair.getFirst(), "separators");
      keySeparator = Values.text(pair.getLast(), "separators");
    }
    PythonJson json = new PythonJson(budget, blanks, itemSeparator, keySeparator);
    boolean lines = indent != None.NONE;
    json.value(value, 0, lines, Values.truth(arguments.named().getOrDefault("sort_keys", false)));
    return json.out.toString();
  }

  private void value(Object value, int depth, boolean lines, boolean sorted) {
    budget.text(16);
    if (depth > DEEPEST) {
      throw new JinjaException("tojson: a value is nested deeper than " + DEEPEST);
    }
    switch (value) {
      case String text -> string(text);
      case Boolean flag -> out.append(flag);
      case Double number -> out.append(number(number));
      case Number number -> out.append(number);
      case None none -> out.append("null");
      case List<?> list -> {
        out.append('[');
        boolean first = true;
        for (Object item : list) {
          separate(first, depth + 1, lines);
          value(item, depth + 1, lines, sorted);
          first = false;
        }
        close(']', first, depth, lines);
      }
      case Map<?, ?> map -> {
        out.append('{');
        boolean first = true;
        for (Object key :
            sorted ? Values.sorted(map.keySet(), budget) : List.copyOf(map.keySet())) {
          separate(first, depth + 1, lines);
          string(key instanceof String text ? text : PythonText.str(key, budget));
          out.append(keySeparator);
          value(Values.present(map.get(key)), depth + 1, lines, sorted);
          first = false;
        }
        close('}', first, depth, lines);
      }
      default ->
          throw new JinjaException(
              "tojson: a value of type " + Values.typeName(value) + " is no JSON");
    }
    budget.text(out.length() / 64);
  }

  private void separate(boolean first, int depth, boolean lines) {
    if (!first) {
      out.append(itemSeparator);
    }
    newLine(depth, lines);
  }

  private void close(char bracket, boolean empty, int depth, boolean lines) {
    if (!empty) {
      newLine(depth, lines);
    }
    out.append(bracket);
  }

  private void newLine(int depth, boolean lines) {
    if (lines) {
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return PythonText.number(value);
  }

  private void string(String text) {
    budget.text(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ') {
            out.append("\\u").append(PythonText.hex(c, 4));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
