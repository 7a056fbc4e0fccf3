package fathom.tokenizer.jinja;

import java.util.List;
import java.util.Map;

/// The values given to a function, filter or test.
///
/// @param positional those without a name
/// @param named those with one
record Arguments(List<Object> positional, Map<String, Object> named) {
  /// No arguments at all.
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  /// The argument at this place or of this name; `otherwise` if it was not given.
  Object get(int index, String name, Object otherwise) {
    return index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
  }

  Object require(int index, String name) {
    if (!has(index, name)) {
      throw new JinjaException("argument '" + name + "' is missing");
    }
    return get(index, name, None.NONE);
  }

  String text(int index, String name) {
    return Values.text(require(index, name), "argument '" + name + "'");
  }

  int integer(int index, String name, int otherwise) {
    return has(index, name)
        ? Values.index(require(index, name), "argument '" + name + "'")
        : otherwise;
  }

  boolean flag(int index, String name, boolean otherwise) {
    return Values.truth(get(index, name, otherwise));
  }

  /// The arguments after the first `count` positional ones.
  Arguments after(int count) {
    return new Arguments(
        positional.subList(Math.min(count, positional.size()), positional.size()), named);
  }
}
