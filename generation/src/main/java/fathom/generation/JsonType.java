package fathom.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// The types of JSON schema.
enum JsonType {
  NULL,
  BOOLEAN,
  INTEGER,
  NUMBER,
  STRING,
  ARRAY,
  OBJECT;

  /// The types that a schema's `type` names.
  ///
  /// @throws UnsupportedSchemaException if it names none or one that does not exist
  static List<JsonType> of(SchemaNode schema) {
    SchemaNode type = schema.child("type");
    List<JsonType> types = new ArrayList<>();
    if (type.json().isArray()) {
      type.json().forEach(name -> types.add(parse(name, type)));
      type.require(!types.isEmpty(), "expected at least one type");
    } else {
      types.add(parse(type.json(), type));
    }
    return types;
  }

  private static JsonType parse(JsonNode name, SchemaNode place) {
    for (JsonType type : values()) {
      if (name.isString() && name.stringValue().equals(type.name().toLowerCase(Locale.ROOT))) {
        return type;
      }
    }
    throw place.refuse("expected a type, found " + name);
  }

  /// Whether a value has this type.
  boolean matches(JsonNode value) {
    return switch (this) {
      case NULL -> value.isNull();
      case BOOLEAN -> value.isBoolean();
      case INTEGER -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case NUMBER -> value.isNumber();
      case STRING -> value.isString();
      case ARRAY -> value.isArray();
      case OBJECT -> value.isObject();
    };
  }
}
