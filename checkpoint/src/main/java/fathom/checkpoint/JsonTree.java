package fathom.checkpoint;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads one JSON value into a tree, straight from the parser: an object mapper does the same, but
/// setting one up takes a tenth of a second, which is a tenth of what a first token may take. The
/// parser's limit of nesting is the limit of the recursion.
final class JsonTree {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final JsonParser json;

  private JsonTree(JsonParser json) {
    this.json = json;
  }

  /// The value that is all of the parser's input.
  static JsonNode readWhole(JsonParser json) {
    if (json.nextToken() == null) {
      throw new StreamReadException(json, "No content");
    }
    JsonNode tree = new JsonTree(json).value();
    if (json.nextToken() != null) {
      throw new StreamReadException(json, "Trailing token after the value");
    }
    return tree;
  }

  private JsonNode value() {
    return switch (json.currentToken()) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> NODES.stringNode(json.getString());
      case VALUE_NUMBER_INT -> integer();
      case VALUE_NUMBER_FLOAT -> NODES.numberNode(json.getDoubleValue());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw new StreamReadException(json, "Unexpected " + json.currentToken());
    };
  }

  private JsonNode integer() {
    NumberType type = json.getNumberType();
    return switch (type) {
      case INT -> NODES.numberNode(json.getIntValue());
      case LONG -> NODES.numberNode(json.getLongValue());
      default -> NODES.numberNode(json.getBigIntegerValue());
    };
  }

  private ObjectNode object() {
    ObjectNode object = NODES.objectNode();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      object.set(name, value());
    }
    return object;
  }

  private ArrayNode array() {
    ArrayNode array = NODES.arrayNode();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      array.add(value());
    }
    return array;
  }
}
