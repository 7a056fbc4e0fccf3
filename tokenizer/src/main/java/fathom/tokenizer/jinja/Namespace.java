package fathom.tokenizer.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/// What `namespace(…)` makes: variables that an assignment inside a loop changes for good.
final class Namespace {
  private final Map<String, Object> values = new LinkedHashMap<>();

  Object get(String name) {
    Object value = values.get(name);
    return value == null ? new Undefined(name) : value;
  }

  void set(String name, Object value) {
    values.put(name, value);
  }
}
