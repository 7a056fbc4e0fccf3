package fathom.tokenizer.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// How Python writes values: `str()` and `repr()`.
final class PythonText {
  private static final int DEEPEST = 100;

  private PythonText() {}

  /// Python's `str.isspace()` for one character.
  static boolean isSpace(char c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || c == 0xA0
        || (c > 0xFF && (Character.isWhitespace(c) || Character.isSpaceChar(c)));
  }

  /// `str(value)`; what `{{ value }}` prints.
  static String str(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    repr(value, out, budget, 0);
    return out.toString();
  }

  private static void repr(Object value, StringBuilder out, Budget budget, int depth) {
    budget.text(16);
    if (depth > DEEPEST) {
      throw new JinjaException("a value is nested deeper than " + DEEPEST);
    }
    switch (value) {
      case String text -> quote(text, out);
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Double number -> out.append(number(number));
      case Number number -> out.append(number);
      case None none -> out.append("None");
      case Undefined undefined -> {
        // Prints as nothing.
      }
      case List<?> list -> {
        boolean tuple = list instanceof Tuple;
        out.append(tuple ? '(' : '[');
        String separator = "";
        for (Object item : list) {
          out.append(separator);
          repr(item, out, budget, depth + 1);
          separator = ", ";
        }
        out.append(tuple && list.size() == 1 ? "," : "").append(tuple ? ')' : ']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          repr(entry.getKey(), out, budget, depth + 1);
          out.append(": ");
          repr(entry.getValue(), out, budget, depth + 1);
          separator = ", ";
        }
        out.append('}');
      }
      default -> out.append('<').append(Values.typeName(value)).append('>');
    }
    budget.text(out.length() / 64);
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(c);
          } else if (c < ' ' || (c >= 0x7F && c < 0xA0) || c == 0xAD) {
            out.append("\\x").append(hex(c, 2));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append(quote);
  }

  static String hex(int value, int digits) {
    String hex = Integer.toHexString(value);
    return "0".repeat(Math.max(0, digits - hex.length())) + hex;
  }

  /// The shortest decimal that is this number, in Python's form: `1.0`, `1e-05`, `1e+16`.
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String digits = decimal.unscaledValue().abs().toString();
    int exponent = digits.length() - decimal.scale() - 1;
    String sign = value < 0 ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String size = Math.abs(exponent) < 10 ? "0" : "";
      return sign
          + digits.charAt(0)
          + fraction
          + (exponent < 0 ? "e-" : "e+")
          + size
          + Math.abs(exponent);
    }
    String plain = decimal.toPlainString();
    return plain.indexOf('.') < 0 ? plain + ".0" : plain;
  }
}
