package fathom.cli;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Options as keys of recipes.
final class RecipeKeys {
  private RecipeKeys() {}

  /// Sets a key of a section, or with an empty section of the recipe itself; an option that was not
  /// given changes nothing.
  static void put(ObjectNode tree, String section, String key, @Nullable Object value) {
    if (value == null) {
      return;
    }
    ObjectNode target = section.isEmpty() ? tree : tree.withObject("/" + section);
    switch (value) {
      case Integer number -> target.put(key, number);
      case Long number -> target.put(key, number);
      case Float number -> target.put(key, number);
      case Double number -> target.put(key, number);
      case Boolean yes -> target.put(key, yes);
      default -> target.put(key, value.toString());
    }
  }

  /// Sets the range of difficulties that `2` or `1-3` is.
  static void putDifficulty(ObjectNode tree, @Nullable String text) {
    if (text == null) {
      return;
    }
    if (!text.matches("[1-5](-[1-5])?")) {
      throw new UsageException("--difficulty: expected 1 to 5, as 2 or 1-3, found " + text);
    }
    put(tree, "tasks", "easiest", text.charAt(0) - '0');
    put(tree, "tasks", "hardest", text.charAt(text.length() - 1) - '0');
  }
}
