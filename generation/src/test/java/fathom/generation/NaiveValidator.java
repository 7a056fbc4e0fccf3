package fathom.generation;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Validates JSON against a schema by the book, one keyword after the other: the slow twin of the
/// grammar. Throws on the first thing that is wrong.
final class NaiveValidator {
  private final JsonNode root;

  private NaiveValidator(JsonNode root) {
    this.root = root;
  }

  static void validate(String schema, String text) {
    JsonNode root = JsonMapper.shared().readTree(schema);
    new NaiveValidator(root).check(root, JsonMapper.shared().readTree(text));
  }

  private boolean matches(JsonNode schema, JsonNode value) {
    try {
      check(schema, value);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private void check(JsonNode schema, JsonNode value) {
    if (schema.isBoolean()) {
      require(schema.booleanValue(), schema, value);
      return;
    }
    if (schema.has("$ref")) {
      String reference = schema.path("$ref").stringValue().substring(1);
      check(reference.isEmpty() ? root : root.at(reference), value);
    }
    if (schema.has("const")) {
      require(schema.path("const").equals(value), schema, value);
    }
    if (schema.has("enum")) {
      require(schema.path("enum").valueStream().anyMatch(value::equals), schema, value);
    }
    combinations(schema, value);
    if (schema.has("type")) {
      JsonNode type = schema.path("type");
      boolean any =
          type.isString()
              ? isType(type, value)
              : type.valueStream().anyMatch(name -> isType(name, value));
      require(any, schema, value);
    }
    if (value.isNumber()) {
      number(schema, value);
    } else if (value.isString()) {
      string(schema, value);
    } else if (value.isArray()) {
      array(schema, value);
    } else if (value.isObject()) {
      object(schema, value);
    }
  }

  private void combinations(JsonNode schema, JsonNode value) {
    if (schema.has("anyOf")) {
      require(schema.path("anyOf").valueStream().anyMatch(s -> matches(s, value)), schema, value);
    }
    if (schema.has("oneOf")) {
      long count = schema.path("oneOf").valueStream().filter(s -> matches(s, value)).count();
      require(count == 1, schema, value);
    }
    schema.path("allOf").forEach(part -> check(part, value));
  }

  private static boolean isType(JsonNode name, JsonNode value) {
    return switch (name.stringValue()) {
      case "null" -> value.isNull();
      case "boolean" -> value.isBoolean();
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case "number" -> value.isNumber();
      case "string" -> value.isString();
      case "array" -> value.isArray();
      default -> value.isObject();
    };
  }

  private static void number(JsonNode schema, JsonNode value) {
    BigDecimal x = value.decimalValue();
    if (schema.has("minimum")) {
      require(x.compareTo(schema.path("minimum").decimalValue()) >= 0, schema, value);
    }
    if (schema.has("maximum")) {
      require(x.compareTo(schema.path("maximum").decimalValue()) <= 0, schema, value);
    }
    if (schema.has("exclusiveMinimum")) {
      require(x.compareTo(schema.path("exclusiveMinimum").decimalValue()) > 0, schema, value);
    }
    if (schema.has("exclusiveMaximum")) {
      require(x.compareTo(schema.path("exclusiveMaximum").decimalValue()) < 0, schema, value);
    }
  }

  private static void string(JsonNode schema, JsonNode value) {
    String text = value.stringValue();
    int length = text.codePointCount(0, text.length());
    require(length >= schema.path("minLength").asInt(0), schema, value);
    require(length <= schema.path("maxLength").asInt(Integer.MAX_VALUE), schema, value);
    if (schema.has("pattern")) {
      Pattern pattern = Pattern.compile(schema.path("pattern").stringValue());
      require(pattern.matcher(text).find(), schema, value);
    }
  }

  private void array(JsonNode schema, JsonNode value) {
    require(value.size() >= schema.path("minItems").asInt(0), schema, value);
    require(value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE), schema, value);
    JsonNode prefix = schema.path("prefixItems");
    for (int i = 0; i < value.size(); i++) {
      if (i < prefix.size()) {
        check(prefix.path(i), value.path(i));
      } else if (schema.has("items")) {
        check(schema.path("items"), value.path(i));
      }
    }
  }

  private void object(JsonNode schema, JsonNode value) {
    schema.path("required").forEach(name -> require(value.has(name.stringValue()), schema, value));
    require(value.size() >= schema.path("minProperties").asInt(0), schema, value);
    require(value.size() <= schema.path("maxProperties").asInt(Integer.MAX_VALUE), schema, value);
    for (String name : value.propertyNames()) {
      JsonNode declared = schema.path("properties").path(name);
      if (!declared.isMissingNode()) {
        check(declared, value.path(name));
      } else if (schema.has("additionalProperties")) {
        check(schema.path("additionalProperties"), value.path(name));
      }
    }
  }

  private static void require(boolean condition, JsonNode schema, JsonNode value) {
    if (!condition) {
      throw new AssertionError(value + " does not match " + schema);
    }
  }
}
