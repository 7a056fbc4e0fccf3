package fathom.server;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The rules of strict mode: every object names all its properties as required and allows no
/// others.
final class StrictSchema {
  private StrictSchema() {}

  /// @throws ApiException 400 naming the first place that breaks a rule
  static void check(@Nullable JsonNode schema, String path) {
    if (schema == null) {
      return;
    }
    if (schema.isArray()) {
      for (int i = 0; i < schema.size(); i++) {
        check(schema.get(i), path + "[" + i + "]");
      }
      return;
    }
    if (!schema.isObject()) {
      return;
    }
    if ("object".equals(schema.path("type").asString(""))) {
      checkObject(schema, path);
    }
    schema.properties().forEach(entry -> check(entry.getValue(), path + "." + entry.getKey()));
  }

  private static void checkObject(JsonNode schema, String path) {
    JsonNode additional = schema.path("additionalProperties");
    if (!additional.isBoolean() || additional.booleanValue()) {
      throw ApiException.format(
          path, "Invalid " + path + ": strict mode needs \"additionalProperties\": false");
    }
    Set<String> required = new HashSet<>();
    schema.path("required").forEach(name -> required.add(name.asString("")));
    for (String property : schema.path("properties").propertyNames()) {
      if (!required.contains(property)) {
        throw ApiException.format(
            path, "Invalid " + path + ": strict mode needs '" + property + "' in \"required\"");
      }
    }
  }
}
