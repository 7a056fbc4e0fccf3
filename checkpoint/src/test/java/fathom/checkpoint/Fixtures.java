package fathom.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The golden files that the project carries.
final class Fixtures {
  static final Path ROOT = Path.of(System.getProperty("fathom.fixtures"));
  static final Path GGUF = ROOT.resolve("gguf");
  static final Path MODELS = ROOT.resolve("models");

  private Fixtures() {}

  static JsonNode json(Path file) {
    return new JsonMapper().readTree(file.toFile());
  }

  /// File name and golden description of every GGUF file; of a split set, the first.
  static Stream<Map.Entry<String, JsonNode>> ggufGoldens() {
    return json(GGUF.resolve("golden.json")).get("files").properties().stream();
  }

  static List<Path> models() {
    try (Stream<Path> files = Files.list(MODELS)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
