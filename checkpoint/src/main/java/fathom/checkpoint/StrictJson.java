package fathom.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON of files that nobody vouches for: depth, names and numbers have limits, a key that occurs
/// twice is a fault, and so is anything after the end.
final class StrictJson {
  /// A configuration is small; real ones have a few kilobytes.
  static final long CONFIG_BYTES = 2L << 20;

  /// Tokens of a value that nobody asked for, after which it is refused instead of skipped.
  private static final int MAX_SKIPPED = 1 << 16;

  private static final int DEPTH = 64;
  private static final int NAME_LENGTH = 1 << 10;
  private static final int STRING_LENGTH = 1 << 20;
  private static final int NUMBER_LENGTH = 400;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNameLength(NAME_LENGTH)
                  .maxNumberLength(NUMBER_LENGTH)
                  .maxStringLength(STRING_LENGTH)
                  .build())
          .build();
  private static final JsonFactory WITHOUT_TWINS =
      FACTORY.rebuild().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /// Writing is worth a mapper, which is made when something is written first.
  private static final class Writing {
    static final JsonMapper MAPPER = new JsonMapper();
  }

  private StrictJson() {}

  /// A parser over `stream`; its faults are [JacksonException]s, see [#fault]. It does not notice
  /// names that occur twice, as remembering all of them takes more memory than what they name.
  static JsonParser parser(InputStream stream) {
    return FACTORY.createParser(ObjectReadContext.empty(), stream);
  }

  /// Passes over the value that the parser stands at.
  static void skip(Path file, JsonParser json) {
    int depth = 0;
    for (int tokens = 0; tokens < MAX_SKIPPED; tokens++) {
      if (json.currentToken() == null) {
        return;
      }
      if (json.currentToken().isStructStart()) {
        depth++;
      } else if (json.currentToken().isStructEnd()) {
        depth--;
      }
      if (depth == 0) {
        return;
      }
      json.nextToken();
    }
    throw MalformedCheckpointException.at(
        file,
        Math.max(json.currentLocation().getByteOffset(), 0),
        "expected a value of at most %d tokens, found more".formatted(MAX_SKIPPED));
  }

  /// A whole file, whose outermost value must be an object.
  static ObjectNode readObject(Path file, long limit) {
    requireSize(file, limit);
    try (InputStream stream = Files.newInputStream(file);
        JsonParser json = WITHOUT_TWINS.createParser(ObjectReadContext.empty(), stream)) {
      JsonNode tree = JsonTree.readWhole(json);
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw MalformedCheckpointException.at(
          file, 0, "expected a JSON object, found " + tree.getNodeType());
    } catch (JacksonException e) {
      throw fault(file, 0, e);
    } catch (IOException e) {
      throw MalformedCheckpointException.unreadable(file, e);
    }
  }

  /// Refuses a file that is not there, or larger than what it stands for can be.
  static void requireSize(Path file, long limit) {
    if (!Files.isRegularFile(file)) {
      throw MalformedCheckpointException.in(file, "file", "expected a JSON file, found none");
    }
    try {
      if (Files.size(file) > limit) {
        throw MalformedCheckpointException.in(
            file,
            "file",
            "expected at most %d bytes of JSON, found %d".formatted(limit, Files.size(file)));
      }
    } catch (IOException e) {
      throw MalformedCheckpointException.unreadable(file, e);
    }
  }

  /// What the parser complains of, with the place in the file: `start` is where its input began.
  static MalformedCheckpointException fault(Path file, long start, JacksonException e) {
    long offset = e.getLocation() == null ? 0 : Math.max(e.getLocation().getByteOffset(), 0);
    return MalformedCheckpointException.at(
        file,
        start + offset,
        "expected JSON, found: " + MalformedCheckpointException.printable(e.getOriginalMessage()));
  }

  /// An empty object.
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// The text of a tree, indented.
  static byte[] write(JsonNode tree) {
    return Writing.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
  }

  /// The text of a tree without any white space.
  static byte[] writeCompact(JsonNode tree) {
    return Writing.MAPPER.writeValueAsBytes(tree);
  }
}
