package fathom.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The filters on lists.
final class ListFilters {
  private final Budget budget;
  private final Members members;
  private final Filters filters;

  ListFilters(Budget budget, Members members, Filters filters) {
    this.budget = budget;
    this.members = members;
    this.filters = filters;
  }

  Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "list" -> items(value);
      case "first" -> edge(items(value), true);
      case "last" -> edge(items(value), false);
      case "join" -> join(items(value), arguments);
      case "map" -> map(items(value), arguments);
      case "select" -> select(items(value), arguments, false, true);
      case "reject" -> select(items(value), arguments, false, false);
      case "selectattr" -> select(items(value), arguments, true, true);
      case "rejectattr" -> select(items(value), arguments, true, false);
      case "sort" -> sort(items(value), arguments);
      case "dictsort" -> dictionarySort(value, arguments);
      case "unique" -> unique(items(value), arguments);
      case "reverse" -> reverse(value);
      case "sum" -> sum(items(value), arguments);
      case "min" -> extreme(items(value), arguments, -1);
      case "max" -> extreme(items(value), arguments, 1);
      case "batch" -> batch(items(value), arguments);
      case "groupby" -> groups(items(value), arguments);
      default -> throw new JinjaException("unknown filter '" + name + "'");
    };
  }

  private List<Object> items(Object value) {
    return Values.iterate(value, budget);
  }

  private static Object edge(List<Object> items, boolean first) {
    if (items.isEmpty()) {
      return new Undefined("an item of an empty list");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private String join(List<Object> items, Arguments arguments) {
    String separator = PythonText.str(arguments.get(0, "d", ""), budget);
    Object attribute = arguments.get(1, "attribute", None.NONE);
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object item : items) {
      Object part = attribute == None.NONE ? item : path(item, attribute);
      out.append(first ? "" : separator).append(PythonText.str(part, budget));
      first = false;
      budget.text(out.length() / 64);
    }
    return budget.text(out.toString());
  }

  /// An attribute of an item, `a.b.0` going inwards.
  private Object path(Object item, Object path) {
    if (!(path instanceof String names)) {
      return members.item(item, path);
    }
    Object value = item;
    for (String name : names.split("\\.", -1)) {
      boolean index =
          !name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit);
      value = index ? members.item(value, Long.valueOf(name)) : members.item(value, name);
    }
    return value;
  }

  private List<Object> map(List<Object> items, Arguments arguments) {
    List<Object> mapped = new ArrayList<>();
    Object attribute = arguments.named().get("attribute");
    for (Object item : items) {
      budget.step();
      if (attribute == null) {
        mapped.add(filters.apply(arguments.text(0, "filter"), item, arguments.after(1)));
      } else {
        Object value = path(item, attribute);
        Object otherwise = arguments.named().get("default");
        mapped.add(value instanceof Undefined && otherwise != null ? otherwise : value);
      }
    }
    return mapped;
  }

  private List<Object> select(
      List<Object> items, Arguments arguments, boolean byAttribute, boolean wanted) {
    int used = byAttribute ? 1 : 0;
    boolean hasTest = arguments.has(used, "test");
    List<Object> selected = new ArrayList<>();
    for (Object item : items) {
      budget.step();
      Object value = byAttribute ? path(item, arguments.require(0, "attribute")) : item;
      boolean holds =
          hasTest
              ? Tests.holds(
                  testName(arguments.text(used, "test")), value, arguments.after(used + 1), budget)
              : Values.truth(value);
      if (holds == wanted) {
        selected.add(item);
      }
    }
    return selected;
  }

  /// Operators are names of tests too.
  private static String testName(String name) {
    return switch (name) {
      case "==" -> "eq";
      case "!=" -> "ne";
      case "<" -> "lt";
      case "<=" -> "le";
      case ">" -> "gt";
      case ">=" -> "ge";
      default -> name;
    };
  }

  private Object folded(Object value, boolean caseSensitive) {
    return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
  }

  private List<Object> sort(List<Object> items, Arguments arguments) {
    boolean caseSensitive = arguments.flag(1, "case_sensitive", false);
    Object attribute = arguments.get(2, "attribute", None.NONE);
    return sorted(items, arguments.flag(0, "reverse", false), attribute, caseSensitive);
  }

  private List<Object> sorted(
      List<Object> items, boolean reverse, Object attribute, boolean caseSensitive) {
    budget.list(items.size() * 4L);
    Comparator<Object> order =
        (a, b) ->
            Values.compare(
                folded(attribute == None.NONE ? a : path(a, attribute), caseSensitive),
                folded(attribute == None.NONE ? b : path(b, attribute), caseSensitive));
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(reverse ? order.reversed() : order);
    return sorted;
  }

  private List<Object> dictionarySort(Object value, Arguments arguments) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new JinjaException("dictsort: a dict is needed, not " + Values.describe(value));
    }
    long by = arguments.get(1, "by", "key").equals("value") ? 1 : 0;
    return sorted(
        Members.items(map, budget),
        arguments.flag(2, "reverse", false),
        by,
        arguments.flag(0, "case_sensitive", false));
  }

  private List<Object> unique(List<Object> items, Arguments arguments) {
    Map<Object, Object> seen = new LinkedHashMap<>();
    boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
    for (Object item : items) {
      seen.putIfAbsent(folded(item, caseSensitive), item);
    }
    return new ArrayList<>(seen.values());
  }

  private Object reverse(Object value) {
    List<Object> items = items(value);
    Collections.reverse(items);
    return value instanceof String ? StringMethods.join("", items, budget) : items;
  }

  private Object sum(List<Object> items, Arguments arguments) {
    Object attribute = arguments.get(0, "attribute", None.NONE);
    Object sum = arguments.get(1, "start", 0L);
    for (Object item : items) {
      Object value = attribute == None.NONE ? item : path(item, attribute);
      sum = Arithmetic.apply("+", sum, value, budget);
    }
    return sum;
  }

  private Object extreme(List<Object> items, Arguments arguments, int direction) {
    List<Object> sorted =
        sorted(
            items,
            direction > 0,
            arguments.get(1, "attribute", None.NONE),
            arguments.flag(0, "case_sensitive", false));
    return edge(sorted, true);
  }

  private List<Object> batch(List<Object> items, Arguments arguments) {
    int size = Math.max(1, arguments.integer(0, "linecount", 1));
    List<Object> batches = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      batches.add(new ArrayList<>(items.subList(from, Math.min(from + size, items.size()))));
    }
    return batches;
  }

  private List<Object> groups(List<Object> items, Arguments arguments) {
    Object attribute = arguments.require(0, "attribute");
    Map<Object, List<Object>> groups = new LinkedHashMap<>();
    for (Object item : sorted(items, false, attribute, true)) {
      groups.computeIfAbsent(path(item, attribute), key -> new ArrayList<>()).add(item);
    }
    List<Object> pairs = new ArrayList<>();
    groups.forEach((key, group) -> pairs.add(new Tuple(List.of(key, group))));
    return pairs;
  }
}
