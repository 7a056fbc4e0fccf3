package fathom.tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The golden files: the project's own, and the larger ones that may lie beside the checkout.
final class Fixtures {
  private Fixtures() {}

  /// A file of the project's `fixtures` folder.
  static Path own(String path) {
    return Path.of(System.getProperty("fathom.fixtures")).resolve(path);
  }

  /// A file of the shared folder; the test is skipped, and says so, where it is absent.
  static Path shared(String path) {
    Path file = Path.of(System.getProperty("fathom.shared")).resolve(path);
    assumeTrue(Files.exists(file), () -> "skipped: " + file + " is not on this machine");
    return file;
  }

  /// The directory of a golden tokenizer, wherever it lies.
  static Path tokenizer(String name) {
    Path own = own("tokenizers/" + name);
    return Files.exists(own) ? own : shared("fixtures/tokenizers/" + name);
  }

  /// The objects of a file with one on each line.
  static List<Map<String, Object>> lines(Path file) throws IOException {
    return Files.readAllLines(file, StandardCharsets.UTF_8).stream().map(Fixtures::parse).toList();
  }

  static Map<String, Object> parse(String json) {
    try (JsonReader reader = JsonReader.of("line", json.getBytes(StandardCharsets.UTF_8))) {
      reader.next();
      return reader.objectHere("line");
    }
  }

  /// A JSON value that is an object.
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  /// A JSON value that is an array of objects.
  static List<Map<String, Object>> objects(Object value) {
    return ((List<?>) value).stream().map(Fixtures::object).toList();
  }

  static int[] ids(Object list) {
    return ((List<?>) list).stream().mapToInt(id -> ((Number) id).intValue()).toArray();
  }
}
