package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The methods of Python's `str`.
final class StringMethods {
  private StringMethods() {}

  /// The method of this name, bound to `text`; null if there is none.
  static @Nullable Function of(String text, String name, Budget budget) {
    Function method = edges(text, name, budget);
    if (method == null) {
      method = searches(text, name, budget);
    }
    return method == null ? cases(text, name, budget) : method;
  }

  private static @Nullable Function edges(String text, String name, Budget budget) {
    return switch (name) {
      case "strip" -> a -> budget.text(strip(text, characters(a), true, true));
      case "lstrip" -> a -> budget.text(strip(text, characters(a), true, false));
      case "rstrip" -> a -> budget.text(strip(text, characters(a), false, true));
      case "startswith" -> a -> anyEdge(a, text::startsWith);
      case "endswith" -> a -> anyEdge(a, text::endsWith);
      case "removeprefix" ->
          a -> {
            String prefix = a.text(0, "prefix");
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          };
      case "removesuffix" ->
          a -> {
            String suffix = a.text(0, "suffix");
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          };
      case "ljust" -> a -> text + padding(text, a, budget);
      case "rjust" -> a -> padding(text, a, budget) + text;
      case "zfill" ->
          a -> {
            int missing = Math.max(0, a.integer(0, "width", 0) - text.length());
            budget.text(missing);
            return "0".repeat(missing) + text;
          };
      default -> null;
    };
  }

  private static @Nullable Function searches(String text, String name, Budget budget) {
    return switch (name) {
      case "split" -> a -> split(text, a, false, budget);
      case "rsplit" -> a -> split(text, a, true, budget);
      case "splitlines" -> a -> lines(text, a, budget);
      case "partition" -> a -> partition(text, text.indexOf(a.text(0, "sep")), a, false);
      case "rpartition" -> a -> partition(text, text.lastIndexOf(a.text(0, "sep")), a, true);
      case "find" -> a -> (long) text.indexOf(a.text(0, "sub"));
      case "rfind" -> a -> (long) text.lastIndexOf(a.text(0, "sub"));
      case "index" ->
          a -> {
            long found = text.indexOf(a.text(0, "sub"));
            if (found < 0) {
              throw new JinjaException("substring not found");
            }
            return found;
          };
      case "count" -> a -> count(text, a.text(0, "sub"));
      case "replace" -> a -> replace(text, a, budget);
      case "join" -> a -> join(text, Values.iterate(a.require(0, "iterable"), budget), budget);
      case "format" -> a -> Formatting.braces(text, a, budget);
      default -> null;
    };
  }

  private static @Nullable Function cases(String text, String name, Budget budget) {
    return switch (name) {
      case "upper" -> a -> budget.text(text.toUpperCase(Locale.ROOT));
      case "lower" -> a -> budget.text(text.toLowerCase(Locale.ROOT));
      case "capitalize" -> a -> budget.text(capitalize(text));
      case "title" -> a -> budget.text(title(text));
      case "swapcase" -> a -> budget.text(swapCase(text));
      case "isdigit", "isdecimal", "isnumeric" -> a -> all(text, Character::isDigit);
      case "isalpha" -> a -> all(text, Character::isLetter);
      case "isalnum" -> a -> all(text, Character::isLetterOrDigit);
      case "isspace" -> a -> all(text, c -> PythonText.isSpace((char) c));
      case "isupper" ->
          a ->
              all(text, c -> !Character.isLowerCase(c))
                  && !text.equals(text.toLowerCase(Locale.ROOT));
      case "islower" ->
          a ->
              all(text, c -> !Character.isUpperCase(c))
                  && !text.equals(text.toUpperCase(Locale.ROOT));
      default -> null;
    };
  }

  private static boolean all(String text, IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  private static @Nullable String characters(Arguments arguments) {
    Object given = arguments.get(0, "chars", None.NONE);
    return given == None.NONE ? null : Values.text(given, "characters to strip");
  }

  /// Takes off the given characters, or white space, at the chosen ends.
  static String strip(String text, @Nullable String characters, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && goes(text.charAt(from), characters)) {
      from++;
    }
    while (right && from < to && goes(text.charAt(to - 1), characters)) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean goes(char c, @Nullable String characters) {
    return characters == null ? PythonText.isSpace(c) : characters.indexOf(c) >= 0;
  }

  private static boolean anyEdge(Arguments arguments, java.util.function.Predicate<String> test) {
    Object edge = arguments.require(0, "prefix");
    if (edge instanceof List<?> several) {
      for (Object one : several) {
        if (test.test(Values.text(Values.present(one), "an affix"))) {
          return true;
        }
      }
      return false;
    }
    return test.test(Values.text(edge, "an affix"));
  }

  private static String padding(String text, Arguments arguments, Budget budget) {
    int missing = Math.max(0, arguments.integer(0, "width", 0) - text.length());
    budget.text(text.length() + (long) missing);
    return Values.text(arguments.get(1, "fillchar", " "), "fillchar").repeat(missing);
  }

  private static List<Object> split(
      String text, Arguments arguments, boolean fromRight, Budget budget) {
    budget.text(text.length());
    Object separator = arguments.get(0, "sep", None.NONE);
    int most = arguments.integer(1, "maxsplit", -1);
    if (most < 0) {
      most = Integer.MAX_VALUE;
    }
    if (separator == None.NONE) {
      return splitAtSpace(text, most, budget);
    }
    String at = Values.text(separator, "a separator");
    if (at.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    List<Object> parts = new ArrayList<>();
    if (fromRight) {
      int to = text.length();
      for (int i = text.lastIndexOf(at);
          i >= 0 && parts.size() < most;
          i = text.lastIndexOf(at, i - at.length())) {
        parts.addFirst(text.substring(i + at.length(), to));
        to = i;
        if (i < at.length()) {
          break;
        }
      }
      parts.addFirst(text.substring(0, to));
    } else {
      int from = 0;
      for (int i = text.indexOf(at); i >= 0 && parts.size() < most; i = text.indexOf(at, from)) {
        parts.add(text.substring(from, i));
        from = i + at.length();
      }
      parts.add(text.substring(from));
    }
    budget.list(parts.size());
    return parts;
  }

  private static List<Object> splitAtSpace(String text, int most, Budget budget) {
    List<Object> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < text.length() && PythonText.isSpace(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        break;
      }
      int end = at;
      if (parts.size() < most) {
        while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
          end++;
        }
        parts.add(text.substring(at, end));
      } else {
        end = text.length();
        parts.add(text.substring(at));
      }
      at = end;
    }
    budget.list(parts.size());
    return parts;
  }

  private static List<Object> lines(String text, Arguments arguments, Budget budget) {
    budget.text(text.length());
    boolean keep = arguments.flag(0, "keepends", false);
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean end =
          (c >= '\n' && c <= '\r')
              || (c >= 0x1C && c <= 0x1E)
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (!end) {
        continue;
      }
      int last = i;
      if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
        i++;
      }
      lines.add(text.substring(from, keep ? i + 1 : last));
      from = i + 1;
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    budget.list(lines.size());
    return lines;
  }

  private static List<Object> partition(String text, int at, Arguments arguments, boolean right) {
    String separator = arguments.text(0, "sep");
    if (at < 0) {
      return new Tuple(right ? List.of("", "", text) : List.of(text, "", ""));
    }
    return new Tuple(
        List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
  }

  private static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1L;
    }
    long count = 0;
    for (int i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + part.length())) {
      count++;
    }
    return count;
  }

  /// `text.replace(old, new[, count])`.
  static String replace(String text, Arguments arguments, Budget budget) {
    String old = arguments.text(0, "old");
    String by = arguments.text(1, "new");
    int most = arguments.integer(2, "count", -1);
    StringBuilder out = new StringBuilder();
    int from = 0;
    int at = text.indexOf(old);
    while (at >= 0 && at < text.length() + (old.isEmpty() ? 1 : 0) && most != 0) {
      out.append(text, from, at).append(by);
      from = at + old.length();
      most--;
      budget.text(out.length() / 64);
      if (old.isEmpty()) {
        if (at < text.length()) {
          out.append(text.charAt(at));
        }
        from = Math.min(at + 1, text.length());
        at++;
      } else {
        at = text.indexOf(old, from);
      }
    }
    return budget.text(out.append(text, from, text.length()).toString());
  }

  /// `separator.join(items)`, items being strings.
  static String join(String separator, List<Object> items, Budget budget) {
    StringBuilder out = new StringBuilder();
    for (Object item : items) {
      if (!out.isEmpty() || item != items.getFirst()) {
        out.append(separator);
      }
      out.append(Values.text(item, "an item to join"));
      budget.text(out.length() / 64);
    }
    return budget.text(out.toString());
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c ->
                out.appendCodePoint(
                    Character.isUpperCase(c)
                        ? Character.toLowerCase(c)
                        : Character.toUpperCase(c)));
    return out.toString();
  }
}
