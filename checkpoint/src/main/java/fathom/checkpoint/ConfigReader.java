package fathom.checkpoint;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// Values of a `config.json` by key; a value of a wrong kind is a fault of the file. `null` counts
/// as absent.
record ConfigReader(Path file, JsonNode tree) {
  /// So that the sum of two does not overflow.
  private static final int LARGEST = (1 << 30) - 1;

  private Optional<JsonNode> node(String key) {
    JsonNode node = tree.get(key);
    return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
  }

  OptionalInt count(String key) {
    Optional<JsonNode> node = node(key);
    if (node.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonNode value = node.get();
    boolean fits = value.isIntegralNumber() && value.canConvertToInt();
    if (!fits || value.intValue() < 0 || value.intValue() > LARGEST) {
      throw fault(key, "a whole number from 0 to " + LARGEST, value);
    }
    return OptionalInt.of(value.intValue());
  }

  int requiredCount(String key) {
    return count(key).orElseThrow(() -> missing(key));
  }

  OptionalDouble number(String key) {
    Optional<JsonNode> node = node(key);
    if (node.isEmpty()) {
      return OptionalDouble.empty();
    }
    JsonNode value = node.get();
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw fault(key, "a finite number", value);
    }
    return OptionalDouble.of(value.doubleValue());
  }

  Optional<String> text(String key) {
    return node(key)
        .map(
            value -> {
              if (!value.isString()) {
                throw fault(key, "a string", value);
              }
              return value.stringValue();
            });
  }

  Optional<Boolean> flag(String key) {
    return node(key)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw fault(key, "true or false", value);
              }
              return value.booleanValue();
            });
  }

  Optional<ConfigReader> object(String key) {
    return node(key)
        .map(
            value -> {
              if (!value.isObject()) {
                throw fault(key, "an object", value);
              }
              return new ConfigReader(file, value);
            });
  }

  MalformedCheckpointException missing(String key) {
    return MalformedCheckpointException.in(file, key, "expected this key, found none");
  }

  MalformedCheckpointException fault(String key, String expected, JsonNode found) {
    return MalformedCheckpointException.in(
        file,
        key,
        "expected %s, found %s"
            .formatted(expected, MalformedCheckpointException.printable(found.toString())));
  }
}
