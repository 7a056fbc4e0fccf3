package fathom.tokenizer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// Streams through one JSON file; every failure names the file and the line.
///
/// Depth, string lengths and file size are limited, so that no input exhausts the stack or the
/// memory.
final class JsonReader implements AutoCloseable {
  private static final long LARGEST_FILE = 128L << 20;
  private static final int DEEPEST = 48;

  /// Names are looked up once each, so that interning them would only cost time.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(8 << 20)
                  .maxNameLength(1 << 20)
                  .maxNumberLength(64)
                  .build())
          .build();

  private final String file;
  private final InputStream input;
  private final JsonParser parser;

  private JsonReader(String file, InputStream input) {
    this.file = file;
    this.input = input;
    try {
      this.parser = FACTORY.createParser(ObjectReadContext.empty(), input);
    } catch (JacksonException e) {
      throw new MalformedTokenizerException(file, "file", "readable JSON", reason(e), e);
    }
  }

  /// Opens a file.
  ///
  /// @throws MalformedTokenizerException if it is not there or too large
  static JsonReader open(Path path) {
    try {
      long size = Files.size(path);
      if (size > LARGEST_FILE) {
        throw new MalformedTokenizerException(
            path.toString(), "size", "at most " + LARGEST_FILE + " bytes", size + " bytes");
      }
      return new JsonReader(path.toString(), Files.newInputStream(path));
    } catch (IOException e) {
      throw new MalformedTokenizerException(
          path.toString(), "file", "a readable file", e.getClass().getSimpleName(), e);
    }
  }

  /// Reads JSON text that came from `file`.
  static JsonReader of(String file, byte[] utf8) {
    return new JsonReader(file, new ByteArrayInputStream(utf8));
  }

  /// The whole of a file whose top is an object.
  static Map<String, Object> object(Path path) {
    try (JsonReader reader = open(path)) {
      reader.next();
      return reader.objectHere("document");
    }
  }

  String file() {
    return file;
  }

  JsonToken next() {
    try {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw malformed("document", "more JSON", "its end");
      }
      return token;
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  /// Checks that nothing but white space follows.
  void requireEnd() {
    try {
      JsonToken token = parser.nextToken();
      if (token != null) {
        throw malformed("document", "nothing after the object", token.toString());
      }
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  /// Whether another member of the current object follows; if so the parser stands on its value and
  /// [#name] is its name.
  boolean nextMember() {
    if (next() == JsonToken.END_OBJECT) {
      return false;
    }
    next();
    return true;
  }

  String name() {
    return parser.currentName();
  }

  JsonToken token() {
    return parser.currentToken();
  }

  String string(String place) {
    require(JsonToken.VALUE_STRING, place, "a string");
    try {
      return parser.getString();
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  /// An integer from 0 to `largest`.
  int index(String place, int largest) {
    require(JsonToken.VALUE_NUMBER_INT, place, "an integer");
    try {
      long value = parser.getLongValue();
      if (value < 0 || value > largest) {
        throw malformed(place, "an integer from 0 to " + largest, Long.toString(value));
      }
      return (int) value;
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  boolean bool(String place) {
    if (token() == JsonToken.VALUE_TRUE) {
      return true;
    }
    require(JsonToken.VALUE_FALSE, place, "true or false");
    return false;
  }

  void require(JsonToken expected, String place, String words) {
    if (token() != expected) {
      throw malformed(place, words, token().toString());
    }
  }

  void skip() {
    try {
      parser.skipChildren();
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  Map<String, Object> objectHere(String place) {
    require(JsonToken.START_OBJECT, place, "an object");
    Map<String, Object> object = new LinkedHashMap<>();
    while (nextMember()) {
      String name = name();
      object.put(name, valueHere());
    }
    return object;
  }

  /// The value at which the parser stands, as Map, List, String, Long, Double, Boolean or
  /// [JsonNull].
  Object valueHere() {
    try {
      return switch (token()) {
        case START_OBJECT -> objectHere("value");
        case START_ARRAY -> {
          List<Object> list = new ArrayList<>();
          while (next() != JsonToken.END_ARRAY) {
            list.add(valueHere());
          }
          yield list;
        }
        case VALUE_STRING -> parser.getString();
        case VALUE_NUMBER_INT -> {
          Number number = parser.getNumberValue();
          yield number instanceof Integer small ? (Object) small.longValue() : number;
        }
        case VALUE_NUMBER_FLOAT -> new BigDecimal(parser.getString()).doubleValue();
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NULL -> JsonNull.NULL;
        default -> throw malformed("value", "a JSON value", token().toString());
      };
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  MalformedTokenizerException malformed(String place, String expected, String found) {
    return new MalformedTokenizerException(
        file, "line " + parser.currentLocation().getLineNr() + ": " + place, expected, found);
  }

  private MalformedTokenizerException broken(JacksonException e) {
    return new MalformedTokenizerException(
        file, "line " + parser.currentLocation().getLineNr(), "well-formed JSON", reason(e), e);
  }

  private static String reason(JacksonException e) {
    @Nullable String message = e.getOriginalMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  @Override
  public void close() {
    try {
      parser.close();
      input.close();
    } catch (IOException | JacksonException e) {
      throw new MalformedTokenizerException(
          file, "file", "a readable file", e.getClass().getSimpleName(), e);
    }
  }
}
