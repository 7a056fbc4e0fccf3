package fathom.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Files of JSON objects, one a line.
final class JsonLines {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ENDING = ".jsonl";
  private static final int LONGEST_LINE = 16 << 20;

  private JsonLines() {}

  /// Shows each object of a file, or of all `.jsonl` files of a directory in the order of their
  /// names, with its place; blank lines are passed over.
  ///
  /// @throws RecipeException if there is no object, or a line is none
  /// @throws TrainingException if a file cannot be read
  static void forEach(Path data, BiConsumer<String, ObjectNode> consumer) {
    boolean any = false;
    for (Path file : files(data)) {
      any |= read(file, consumer);
    }
    if (!any) {
      throw new RecipeException(data.toString(), "expected at least one line of JSON", "none");
    }
  }

  private static List<Path> files(Path data) {
    if (!Files.isDirectory(data)) {
      return List.of(data);
    }
    try (Stream<Path> files = Files.list(data)) {
      return files.filter(f -> f.toString().endsWith(ENDING)).sorted().toList();
    } catch (IOException e) {
      throw new TrainingException("cannot read " + data, e);
    }
  }

  private static boolean read(Path file, BiConsumer<String, ObjectNode> consumer) {
    boolean any = false;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (!line.isBlank()) {
          String place = "%s, line %d".formatted(file, number);
          consumer.accept(place, object(line, place));
          any = true;
        }
      }
    } catch (CharacterCodingException e) {
      throw new RecipeException(file.toString(), "expected UTF-8", "other bytes");
    } catch (IOException e) {
      throw new TrainingException("cannot read " + file, e);
    }
    return any;
  }

  private static ObjectNode object(String line, String place) {
    if (line.length() > LONGEST_LINE) {
      throw new RecipeException(
          place, "expected at most %d characters".formatted(LONGEST_LINE), "more");
    }
    try {
      JsonNode node = JSON.readTree(line);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new RecipeException(place, "expected a JSON object", "a " + node.getNodeType());
    } catch (JacksonException e) {
      throw new RecipeException(place, "expected JSON", e.getOriginalMessage());
    }
  }
}
