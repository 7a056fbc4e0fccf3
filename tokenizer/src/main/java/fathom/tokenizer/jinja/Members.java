package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `object.name`, `object[key]` and `object[from:to:step]` give.
///
/// As in Jinja's sandbox nothing that changes a value is there. What is not found is [Undefined],
/// not an error.
final class Members {
  private final Budget budget;

  Members(Budget budget) {
    this.budget = budget;
  }

  Object attribute(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.refusal();
    }
    Object member = method(object, name);
    if (member == null && object instanceof Map<?, ?> map) {
      member = map.get(name);
    }
    return member == null ? new Undefined(name) : member;
  }

  Object item(Object object, Object key) {
    switch (object) {
      case Undefined undefined -> throw undefined.refusal();
      case Map<?, ?> map when map.containsKey(key) -> {
        return Values.present(map.get(key));
      }
      case List<?> list when key instanceof Long -> {
        int at = position(key, list.size());
        return at < 0 ? new Undefined("item " + key) : Values.present(list.get(at));
      }
      case String text when key instanceof Long -> {
        budget.text(text.length());
        int at = position(key, text.codePointCount(0, text.length()));
        if (at < 0) {
          return new Undefined("item " + key);
        }
        return Character.toString(text.codePointAt(text.offsetByCodePoints(0, at)));
      }
      default -> {
        Object member = key instanceof String name ? method(object, name) : null;
        return member == null ? new Undefined(PythonText.str(key, budget)) : member;
      }
    }
  }

  private static int position(Object key, int size) {
    long index = (Long) key;
    long at = index < 0 ? index + size : index;
    return at >= 0 && at < size ? (int) at : -1;
  }

  Object slice(Object object, @Nullable Object from, @Nullable Object to, @Nullable Object step) {
    List<Object> items;
    switch (object) {
      case String text -> items = Values.iterate(text, budget);
      case List<?> list -> items = Values.iterate(list, budget);
      case Undefined undefined -> throw undefined.refusal();
      default -> throw new JinjaException("a " + Values.typeName(object) + " cannot be sliced");
    }
    int stride = bound(step, 1);
    if (stride == 0) {
      throw new JinjaException("slice step cannot be zero");
    }
    int size = items.size();
    int begin = clamp(from, stride > 0 ? 0 : size - 1, size, stride);
    int end = clamp(to, stride > 0 ? size : -1, size, stride);
    List<Object> taken = new ArrayList<>();
    for (long i = begin; stride > 0 ? i < end : i > end; i += stride) {
      taken.add(items.get((int) i));
    }
    return object instanceof String ? StringMethods.join("", taken, budget) : taken;
  }

  private static int bound(@Nullable Object value, int otherwise) {
    return value == null || value == None.NONE ? otherwise : Values.index(value, "a slice's bound");
  }

  private static int clamp(@Nullable Object value, int otherwise, int size, int stride) {
    if (value == null || value == None.NONE) {
      return otherwise;
    }
    int index = Values.index(value, "a slice's bound");
    if (index < 0) {
      index = Math.max(index + size, stride > 0 ? 0 : -1);
    }
    return Math.min(index, stride > 0 ? size : size - 1);
  }

  private @Nullable Object method(Object object, String name) {
    return switch (object) {
      case String text -> StringMethods.of(text, name, budget);
      case Map<?, ?> map -> mapMethod(map, name);
      case List<?> list -> listMethod(list, name);
      case Namespace namespace -> namespace.get(name);
      case LoopState loop -> loop.get(name);
      default -> null;
    };
  }

  private @Nullable Function mapMethod(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" -> a -> items(map, budget);
      case "keys" -> a -> Values.iterate(map, budget);
      case "values" ->
          a -> {
            budget.list(map.size());
            return new ArrayList<Object>(map.values());
          };
      case "get" ->
          a -> {
            Object key = a.require(0, "key");
            return map.containsKey(key)
                ? Values.present(map.get(key))
                : a.get(1, "default", None.NONE);
          };
      case "copy" -> a -> map;
      default -> null;
    };
  }

  /// `map.items()`: pairs.
  static List<Object> items(Map<?, ?> map, Budget budget) {
    budget.list(map.size());
    List<Object> items = new ArrayList<>();
    map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
    return items;
  }

  private @Nullable Function listMethod(List<?> list, String name) {
    return switch (name) {
      case "index" ->
          a -> {
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(Values.present(list.get(i)), a.require(0, "value"))) {
                return (long) i;
              }
            }
            throw new JinjaException("the value is not in the list");
          };
      case "count" ->
          a -> list.stream().filter(item -> Values.equal(item, a.require(0, "value"))).count();
      case "copy" -> a -> list;
      default -> null;
    };
  }
}
