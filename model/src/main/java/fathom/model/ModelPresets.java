package fathom.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Configurations that can be asked for by name, as `config.json` trees.
public final class ModelPresets {
  private static final List<String> NAMES =
      List.of("tiny", "r1-distill-qwen-1.5b", "v2-lite", "v3", "v3-4b");

  private ModelPresets() {}

  /// All names: `tiny` (a V3 of a million parameters), `r1-distill-qwen-1.5b`, `v2-lite`, `v3`, and
  /// `v3-4b` (the shape of V3 with 4 billion parameters).
  public static List<String> names() {
    return NAMES;
  }

  /// The `config.json` of a preset, as a tree that may be changed.
  ///
  /// @throws IllegalArgumentException if there is no such preset
  public static ObjectNode tree(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "preset: expected one of %s, found %s".formatted(NAMES, name));
    }
    String resource = "presets/" + name + ".json";
    try (InputStream stream = ModelPresets.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(
            "preset: expected the resource " + resource + ", found none");
      }
      return (ObjectNode) JsonMapper.shared().readTree(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
