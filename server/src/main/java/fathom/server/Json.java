package fathom.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON as this server reads and writes it: strict UTF-8, bounded nesting and names, nothing after
/// the value.
final class Json {
  /// Deeper nesting than any schema needs, shallow enough for every stack.
  private static final int MAX_DEPTH = 128;

  private static final int MAX_NUMBER = 64;
  private static final int MAX_NAME = 8192;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER)
                          .maxNameLength(MAX_NAME)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /// An empty object.
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// An empty array.
  static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /// Parses a request's body.
  ///
  /// @throws ApiException 400 if the bytes aren't one JSON object in UTF-8
  static Fields fields(byte[] body) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.format(null, "Invalid Format: the body is not UTF-8");
    }
    JsonNode node = parse(text);
    if (node instanceof ObjectNode object) {
      return new Fields(object, "");
    }
    throw ApiException.format(null, "Invalid Format: expected a JSON object");
  }

  /// Parses any JSON text.
  ///
  /// @throws ApiException 400 if it isn't JSON
  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      var place = e.getLocation();
      throw ApiException.format(
          null,
          "Invalid Format: the body is not JSON (line "
              + (place == null ? 0 : place.getLineNr())
              + ", column "
              + (place == null ? 0 : place.getColumnNr())
              + "): "
              + firstLine(e.getOriginalMessage()));
    }
  }

  /// The node as compact text.
  static String text(JsonNode node) {
    return MAPPER.writeValueAsString(node);
  }

  /// The node as compact UTF-8.
  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /// The node as plain Java values.
  static <T> T convert(JsonNode node, TypeReference<T> type) {
    return MAPPER.convertValue(node, type);
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.length() > 200 ? line.substring(0, 200) + "…" : line;
  }
}
