package fathom.model;

import fathom.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A `config.json` object whose values are read with their type and range checked. A key that is
/// missing and a key that is null are the same.
final class ConfigTree {
  private final JsonNode tree;
  private final Path file;
  private final String prefix;

  ConfigTree(JsonNode tree, Path file) {
    this(tree, file, "");
    if (!tree.isObject()) {
      throw fault("config.json", "expected a JSON object, found " + tree.getNodeType());
    }
  }

  private ConfigTree(JsonNode tree, Path file, String prefix) {
    this.tree = tree;
    this.file = file;
    this.prefix = prefix;
  }

  /// The exception for a fault in what a key says.
  MalformedCheckpointException fault(String key, String reason) {
    return MalformedCheckpointException.in(file, prefix + key, reason);
  }

  boolean has(String key) {
    JsonNode node = tree.get(key);
    return node != null && !node.isNull();
  }

  /// The object under a key.
  Optional<ConfigTree> object(String key) {
    if (!has(key)) {
      return Optional.empty();
    }
    JsonNode node = tree.get(key);
    if (!node.isObject()) {
      throw fault(key, "expected an object, found " + node.getNodeType());
    }
    return Optional.of(new ConfigTree(node, file, prefix + key + "."));
  }

  int integer(String key) {
    if (!has(key)) {
      throw fault(key, "expected a number, found nothing");
    }
    JsonNode node = tree.get(key);
    double value = node.isNumber() ? node.doubleValue() : Double.NaN;
    if (value != Math.rint(value) || Math.abs(value) > 1 << 30) {
      throw fault(key, "expected a whole number below 2^30, found " + shorten(node));
    }
    return (int) value;
  }

  int integer(String key, int absent) {
    return has(key) ? integer(key) : absent;
  }

  double number(String key) {
    if (!has(key)) {
      throw fault(key, "expected a number, found nothing");
    }
    JsonNode node = tree.get(key);
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw fault(key, "expected a finite number, found " + shorten(node));
    }
    return node.doubleValue();
  }

  double number(String key, double absent) {
    return has(key) ? number(key) : absent;
  }

  boolean flag(String key, boolean absent) {
    if (!has(key)) {
      return absent;
    }
    JsonNode node = tree.get(key);
    if (!node.isBoolean()) {
      throw fault(key, "expected true or false, found " + shorten(node));
    }
    return node.booleanValue();
  }

  String text(String key, String absent) {
    if (!has(key)) {
      return absent;
    }
    JsonNode node = tree.get(key);
    if (!node.isString()) {
      throw fault(key, "expected a string, found " + shorten(node));
    }
    return node.stringValue();
  }

  /// The `index`-th whole number of an array.
  int element(String key, int index) {
    JsonNode node = has(key) ? tree.get(key).get(index) : null;
    if (node == null || !node.isInt()) {
      throw fault(key, "expected an array of whole numbers");
    }
    return node.intValue();
  }

  /// An array of numbers.
  List<Double> numbers(String key) {
    if (!has(key) || !tree.get(key).isArray()) {
      throw fault(key, "expected an array of numbers");
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode node : tree.get(key)) {
      if (!node.isNumber()) {
        throw fault(key, "expected an array of numbers, found " + shorten(node));
      }
      numbers.add(node.doubleValue());
    }
    return numbers;
  }

  private static String shorten(JsonNode node) {
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 59) + "…";
  }
}
