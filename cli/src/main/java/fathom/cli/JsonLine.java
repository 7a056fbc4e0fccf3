package fathom.cli;

import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;

/// A JSON tree as one line of text, straight to a generator: a tree's own `toString` gives the
/// same, but sets up an object mapper for it, which takes a tenth of a second.
final class JsonLine {
  private final JsonGenerator json;

  private JsonLine(JsonGenerator json) {
    this.json = json;
  }

  static String of(JsonNode tree) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      new JsonLine(json).write(tree);
    }
    return text.toString();
  }

  private void write(JsonNode node) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        json.writeStartObject();
        node.forEachEntry(
            (name, value) -> {
              json.writeName(name);
              write(value);
            });
        json.writeEndObject();
      }
      case ARRAY -> {
        json.writeStartArray();
        node.forEach(this::write);
        json.writeEndArray();
      }
      case STRING -> json.writeString(node.stringValue());
      case BOOLEAN -> json.writeBoolean(node.booleanValue());
      case NUMBER -> number(node);
      case NULL -> json.writeNull();
      default -> throw new IllegalArgumentException("JSON: " + node.getNodeType());
    }
  }

  private void number(JsonNode node) {
    switch (node.numberType()) {
      case INT -> json.writeNumber(node.intValue());
      case LONG -> json.writeNumber(node.longValue());
      case FLOAT -> json.writeNumber(node.floatValue());
      case DOUBLE -> json.writeNumber(node.doubleValue());
      case BIG_INTEGER -> json.writeNumber(node.bigIntegerValue());
      case BIG_DECIMAL -> json.writeNumber(node.decimalValue());
    }
  }
}
