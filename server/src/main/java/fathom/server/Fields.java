package fathom.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads one JSON object of a request field by field. A wrong type is 400, a value out of range
/// 422, and both name the field by its path. Fields that nobody asks for are tolerated, as the
/// official API does; `null` means absent.
final class Fields {
  private final ObjectNode node;
  private final String path;

  Fields(ObjectNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /// The path of a field, for messages.
  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /// Whether the field is there and not null.
  boolean has(String name) {
    return raw(name) != null;
  }

  /// The field as it is, or null.
  @Nullable JsonNode raw(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /// The whole object.
  ObjectNode node() {
    return node;
  }

  /// A string that must be there.
  String text(String name) {
    String value = textOrNull(name);
    if (value == null) {
      throw ApiException.format(at(name), "Invalid Format: missing field '" + at(name) + "'");
    }
    return value;
  }

  /// A string with a default.
  String text(String name, String fallback) {
    String value = textOrNull(name);
    return value == null ? fallback : value;
  }

  /// A string, or null.
  @Nullable String textOrNull(String name) {
    JsonNode value = raw(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw wrongType(name, "a string", value);
    }
    return value.stringValue();
  }

  /// A boolean with a default.
  boolean flag(String name, boolean fallback) {
    JsonNode value = raw(name);
    if (value == null) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw wrongType(name, "true or false", value);
    }
    return value.booleanValue();
  }

  /// A number in a closed range, with a default.
  double number(String name, double fallback, double least, double most) {
    JsonNode value = raw(name);
    if (value == null) {
      return fallback;
    }
    if (!value.isNumber()) {
      throw wrongType(name, "a number", value);
    }
    double found = value.doubleValue();
    if (!(found >= least && found <= most)) {
      throw outOfRange(name, least + " to " + most, value);
    }
    return found;
  }

  /// A whole number in a closed range, with a default.
  int integer(String name, int fallback, int least, int most) {
    return (int) whole(name, fallback, least, most);
  }

  /// A long whole number in a closed range, with a default.
  long whole(String name, long fallback, long least, long most) {
    JsonNode value = raw(name);
    if (value == null) {
      return fallback;
    }
    if (!value.isNumber()) {
      throw wrongType(name, "a whole number", value);
    }
    double found = value.doubleValue();
    if (found != Math.rint(found)) {
      throw wrongType(name, "a whole number", value);
    }
    if (!(found >= least && found <= most)) {
      throw outOfRange(name, least + " to " + most, value);
    }
    return value.isIntegralNumber() ? value.longValue() : (long) found;
  }

  /// An object, if it is there.
  Optional<Fields> object(String name) {
    JsonNode value = raw(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ObjectNode object) {
      return Optional.of(new Fields(object, at(name)));
    }
    throw wrongType(name, "an object", value);
  }

  /// An array of objects; empty if it isn't there.
  List<Fields> objects(String name, int most) {
    List<Fields> all = new ArrayList<>();
    for (JsonNode value : elements(name, most)) {
      if (!(value instanceof ObjectNode object)) {
        throw wrongType(name + "[" + all.size() + "]", "an object", value);
      }
      all.add(new Fields(object, at(name) + "[" + all.size() + "]"));
    }
    return all;
  }

  /// A string or an array of at most so many strings; empty if it isn't there.
  List<String> texts(String name, int most) {
    JsonNode value = raw(name);
    if (value != null && value.isString()) {
      return List.of(value.stringValue());
    }
    List<String> all = new ArrayList<>();
    for (JsonNode element : elements(name, most)) {
      if (!element.isString()) {
        throw wrongType(name + "[" + all.size() + "]", "a string", element);
      }
      all.add(element.stringValue());
    }
    return all;
  }

  /// One word out of a closed set, with a default; others are 422.
  String choice(String name, String fallback, List<String> known) {
    String value = text(name, fallback);
    if (!known.contains(value)) {
      throw ApiException.parameter(
          at(name),
          "Invalid "
              + at(name)
              + ": expected one of "
              + known
              + ", found '"
              + shortened(value)
              + "'");
    }
    return value;
  }

  private List<JsonNode> elements(String name, int most) {
    JsonNode value = raw(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrongType(name, "an array", value);
    }
    if (value.size() > most) {
      throw ApiException.parameter(
          at(name),
          "Invalid " + at(name) + ": at most " + most + " elements, found " + value.size());
    }
    List<JsonNode> all = new ArrayList<>(value.size());
    value.forEach(all::add);
    return all;
  }

  /// 400 for a value of another type than expected.
  ApiException wrongType(String name, String expected, JsonNode found) {
    return ApiException.format(
        at(name),
        "Invalid Format: "
            + at(name)
            + ": expected "
            + expected
            + ", found "
            + shortened(Json.text(found)));
  }

  private ApiException outOfRange(String name, String range, JsonNode found) {
    return ApiException.parameter(
        at(name),
        "Invalid "
            + at(name)
            + " value, the valid range is "
            + range
            + ", found "
            + shortened(Json.text(found)));
  }

  private static String shortened(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}
