package fathom.cli;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON files that tests look into.
final class Json {
  private Json() {}

  static JsonNode read(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  static JsonNode parse(String text) {
    return JsonMapper.shared().readTree(text);
  }
}
