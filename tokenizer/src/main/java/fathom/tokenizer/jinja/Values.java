package fathom.tokenizer.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Python's rules for the values of a template: String, Boolean, Long, BigInteger, Double, List,
/// Map, [None], [Undefined], [Namespace] and [Function].
final class Values {
  private static final int DEEPEST_INPUT = 200;

  private Values() {}

  /// A value from outside: null becomes [None], numbers Long or Double, collections copies in the
  /// same order.
  static Object of(@Nullable Object value) {
    return of(value, 0);
  }

  private static Object of(@Nullable Object value, int depth) {
    if (depth > DEEPEST_INPUT) {
      throw new JinjaException("the conversation is nested deeper than " + DEEPEST_INPUT);
    }
    return switch (value) {
      case null -> None.NONE;
      case CharSequence text -> text.toString();
      case Integer number -> number.longValue();
      case Short number -> number.longValue();
      case Byte number -> number.longValue();
      case Float number -> number.doubleValue();
      case BigInteger number -> Arithmetic.integer(number);
      case Boolean flag -> flag;
      case Long number -> number;
      case Number number -> number.doubleValue();
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(of(key, depth + 1), of(inner, depth + 1)));
        yield copy;
      }
      case Iterable<?> list -> {
        List<Object> copy = new ArrayList<>();
        for (Object item : list) {
          copy.add(of(item, depth + 1));
        }
        yield copy;
      }
      case Enum<?> constant when constant.name().equals("NULL") -> None.NONE;
      default -> value.toString();
    };
  }

  /// What a map gave, [None] instead of null.
  static Object present(@Nullable Object value) {
    return value == null ? None.NONE : value;
  }

  static boolean truth(Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case String text -> !text.isEmpty();
      case Long number -> number != 0;
      case Double number -> number != 0;
      case BigInteger number -> number.signum() != 0;
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case None none -> false;
      case Undefined undefined -> false;
      default -> true;
    };
  }

  static String typeName(Object value) {
    return switch (value) {
      case String text -> "str";
      case Boolean flag -> "bool";
      case Long number -> "int";
      case BigInteger number -> "int";
      case Double number -> "float";
      case List<?> list -> "list";
      case Map<?, ?> map -> "dict";
      case None none -> "NoneType";
      case Undefined undefined -> "Undefined";
      case Namespace namespace -> "Namespace";
      default -> "function";
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof BigInteger;
  }

  /// A number as an int.
  static int index(Object value, String what) {
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    if (value instanceof Long number && number == number.intValue()) {
      return number.intValue();
    }
    throw new JinjaException(what + " must be an integer, not " + describe(value));
  }

  static String text(Object value, String what) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    throw new JinjaException(what + " must be a string, not " + describe(value));
  }

  static String describe(Object value) {
    return isNumber(value) ? value.toString() : typeName(value);
  }

  /// What a loop goes through: items, keys, or characters.
  static List<Object> iterate(Object value, Budget budget) {
    switch (value) {
      case List<?> list -> {
        budget.list(list.size());
        return new ArrayList<>(list);
      }
      case Map<?, ?> map -> {
        budget.list(map.size());
        return new ArrayList<>(map.keySet());
      }
      case String text -> {
        budget.list(text.length());
        List<Object> characters = new ArrayList<>();
        text.codePoints().forEach(c -> characters.add(Character.toString(c)));
        return characters;
      }
      case Undefined undefined -> {
        return List.of();
      }
      default -> throw new JinjaException("a " + typeName(value) + " cannot be iterated");
    }
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined undefined -> 0;
      default -> throw new JinjaException("a " + typeName(value) + " has no length");
    };
  }

  /// `item in container`.
  static boolean contains(Object container, Object item, Budget budget) {
    switch (container) {
      case String text -> {
        budget.text(text.length());
        return text.contains(text(item, "what is searched in a string"));
      }
      case List<?> list -> {
        budget.list(list.size());
        for (Object candidate : list) {
          if (equal(present(candidate), item)) {
            return true;
          }
        }
        return false;
      }
      case Map<?, ?> map -> {
        return map.containsKey(item);
      }
      case Undefined undefined -> {
        return false;
      }
      default ->
          throw new JinjaException("a " + typeName(container) + " cannot be searched with 'in'");
    }
  }

  static boolean equal(Object left, Object right) {
    if (isNumber(left) && isNumber(right)) {
      return Arithmetic.compare(left, right) == 0;
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      if (a.size() != b.size()) {
        return false;
      }
      for (int i = 0; i < a.size(); i++) {
        if (!equal(present(a.get(i)), present(b.get(i)))) {
          return false;
        }
      }
      return true;
    }
    if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    }
    return left.equals(right);
  }

  /// Negative, 0 or positive.
  ///
  /// @throws JinjaException if the two have no order
  static int compare(Object left, Object right) {
    if (isNumber(left) && isNumber(right)) {
      return Arithmetic.compare(left, right);
    }
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        int order = compare(present(a.get(i)), present(b.get(i)));
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    if (left instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    throw new JinjaException(
        "a " + typeName(left) + " and a " + typeName(right) + " have no order");
  }

  static List<Object> sorted(Collection<?> values, Budget budget) {
    // Sorting compares about n log n times.
    budget.list(values.size() * 4L);
    List<Object> sorted = new ArrayList<>(values);
    sorted.sort(Values::compare);
    return sorted;
  }
}
