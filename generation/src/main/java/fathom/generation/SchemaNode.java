package fathom.generation;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A place in a JSON schema: the node, and the JSON pointer that names it in exceptions.
record SchemaNode(JsonNode json, String pointer) {
  /// Keywords that restrict values but that a grammar can't keep.
  private static final Set<String> REFUSED =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "contains",
          "minContains",
          "maxContains",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "patternProperties",
          "propertyNames",
          "unevaluatedProperties",
          "unevaluatedItems",
          "$dynamicRef",
          "$recursiveRef");

  /// Keywords that restrict values.
  private static final Set<String> ASSERTIONS =
      Set.of(
          "type",
          "enum",
          "const",
          "anyOf",
          "oneOf",
          "allOf",
          "$ref",
          "properties",
          "required",
          "additionalProperties",
          "minProperties",
          "maxProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum");

  boolean has(String keyword) {
    return json.has(keyword);
  }

  SchemaNode child(String keyword) {
    return new SchemaNode(json.path(keyword), pointer + "/" + escaped(keyword));
  }

  SchemaNode child(int index) {
    return new SchemaNode(json.path(index), pointer + "/" + index);
  }

  private static String escaped(String keyword) {
    return keyword.replace("~", "~0").replace("/", "~1");
  }

  UnsupportedSchemaException refuse(String reason) {
    return new UnsupportedSchemaException(pointer, reason);
  }

  void require(boolean condition, String reason) {
    if (!condition) {
      throw refuse(reason);
    }
  }

  /// Refuses what a grammar can't keep.
  void requireKnown() {
    for (String keyword : json.propertyNames()) {
      if (REFUSED.contains(keyword)) {
        throw child(keyword).refuse("'%s' can't be kept by a grammar".formatted(keyword));
      }
    }
    if (json.path("uniqueItems").asBoolean(false)) {
      throw child("uniqueItems").refuse("'uniqueItems' can't be kept by a grammar");
    }
    if (has("multipleOf") && number("multipleOf").compareTo(BigDecimal.ONE) != 0) {
      throw child("multipleOf").refuse("'multipleOf' can't be kept by a grammar");
    }
  }

  /// Refuses restrictions beside a keyword that stands alone.
  void requireAlone(String keyword, String... others) {
    List<String> allowed = new ArrayList<>(List.of(others));
    allowed.add(keyword);
    for (String other : json.propertyNames()) {
      require(
          !ASSERTIONS.contains(other) || allowed.contains(other),
          "'%s' beside '%s' can't be kept by a grammar".formatted(other, keyword));
    }
  }

  /// Whether a keyword restricts values.
  boolean restrictsBy(String keyword) {
    return ASSERTIONS.contains(keyword) || REFUSED.contains(keyword);
  }

  /// A count, capped where a larger one makes no difference to what the grammar may write.
  ///
  /// @return `absent` if it is not given
  int count(String keyword, int absent, int cap) {
    JsonNode value = json.path(keyword);
    if (value.isMissingNode()) {
      return absent;
    }
    boolean whole = value.isNumber() && value.decimalValue().signum() >= 0;
    if (!whole || value.decimalValue().stripTrailingZeros().scale() > 0) {
      throw child(keyword).refuse("expected a whole number, found " + value);
    }
    return value.decimalValue().min(BigDecimal.valueOf(cap)).intValue();
  }

  /// A number of a size that can be written out.
  BigDecimal number(String keyword) {
    JsonNode value = json.path(keyword);
    if (!value.isNumber()) {
      throw child(keyword).refuse("expected a number, found " + value);
    }
    BigDecimal number = value.decimalValue();
    boolean fits = number.scale() <= 24 && (long) number.precision() - number.scale() <= 24;
    if (number.signum() != 0 && !fits) {
      throw child(keyword).refuse("expected a number of at most 24 digits, found " + value);
    }
    return number.scale() > 24 ? BigDecimal.ZERO : number;
  }

  /// Texts of an array; empty if it is not given.
  List<String> texts(String keyword) {
    List<String> texts = new ArrayList<>();
    JsonNode array = json.path(keyword);
    if (!array.isMissingNode() && !array.isArray()) {
      throw child(keyword).refuse("expected an array, found " + array);
    }
    for (JsonNode text : array) {
      if (!text.isString()) {
        throw child(keyword).refuse("expected texts, found " + text);
      }
      texts.add(text.stringValue());
    }
    return texts;
  }

  Optional<String> text(String keyword) {
    JsonNode text = json.path(keyword);
    if (text.isMissingNode()) {
      return Optional.empty();
    }
    if (!text.isString()) {
      throw child(keyword).refuse("expected a text, found " + text);
    }
    return Optional.of(text.stringValue());
  }
}
