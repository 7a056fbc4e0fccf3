package fathom.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Recipes as JSON: records whose components are keys in snake case, and of which any part may be
/// left out.
final class RecipeJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private RecipeJson() {}

  /// A recipe of these keys, everything else as in `defaults`.
  ///
  /// @param file named in messages
  /// @throws RecipeException if a key is unknown or its value makes no sense
  static <T> T of(Class<T> type, T defaults, ObjectNode given, String file) {
    ObjectNode tree = JSON.valueToTree(defaults);
    merge(tree, given, file, "");
    try {
      return JSON.treeToValue(tree, type);
    } catch (JacksonException e) {
      if (e.getCause() instanceof RecipeException cause) {
        throw cause;
      }
      throw new RecipeException(file, "expected a recipe", e.getOriginalMessage());
    }
  }

  /// Reads a JSON object.
  ///
  /// @throws RecipeException if it is none
  /// @throws TrainingException if the file cannot be read
  static ObjectNode read(Path file) {
    try {
      JsonNode tree = JSON.readTree(Files.readAllBytes(file));
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new RecipeException(
          file.toString(), "expected a JSON object", String.valueOf(tree.getNodeType()));
    } catch (JacksonException e) {
      throw new RecipeException(file.toString(), "expected JSON", withoutSource(e));
    } catch (IOException e) {
      throw new TrainingException("cannot read " + file, e);
    }
  }

  /// The parser's sentence without where it says that it does not say where.
  private static String withoutSource(JacksonException e) {
    String message = e.getOriginalMessage();
    int end = message.indexOf(" (start marker");
    return end < 0 ? message : message.substring(0, end);
  }

  private static void merge(ObjectNode into, ObjectNode given, String file, String path) {
    Iterator<Map.Entry<String, JsonNode>> entries = given.properties().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, JsonNode> entry = entries.next();
      JsonNode known = into.get(entry.getKey());
      String name = path + entry.getKey();
      if (known == null) {
        throw new RecipeException(file, "expected a key of a recipe", name);
      }
      if (known instanceof ObjectNode section && entry.getValue() instanceof ObjectNode part) {
        merge(section, part, file, name + ".");
      } else if (known.getNodeType() != entry.getValue().getNodeType()) {
        throw new RecipeException(
            file + ": " + name,
            "expected " + known.getNodeType(),
            String.valueOf(entry.getValue().getNodeType()));
      } else {
        into.set(entry.getKey(), entry.getValue());
      }
    }
  }

  /// The whole recipe as JSON.
  static ObjectNode toJson(Object recipe) {
    return JSON.valueToTree(recipe);
  }
}
