package fathom.checkpoint;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Stands for the tokenizer module: gives the metadata that llama.cpp's converter wrote for the
/// same model.
final class GoldenTokenizers implements TokenizerExchange {
  @Override
  public Map<String, Object> toGguf(Path directory, int vocabularySize) {
    String name = directory.getFileName().toString();
    List<String> candidates =
        Stream.of(".BF16.gguf", ".F16.gguf", ".F32.gguf").map(end -> name + end).toList();
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (String candidate : candidates) {
      Path file = Fixtures.GGUF.resolve(candidate);
      if (Files.exists(file)) {
        try (Arena arena = Arena.ofConfined()) {
          GgufFile.open(file, arena)
              .metadata()
              .toJava()
              .forEach((key, value) -> put(metadata, key, value));
        }
      }
    }
    return metadata;
  }

  private static void put(Map<String, Object> metadata, String key, Object value) {
    if (!key.startsWith("tokenizer.")) {
      return;
    }
    if (value instanceof Long id) {
      metadata.put(key, id.intValue());
    } else if (value instanceof List<?> list && list.getFirst() instanceof Long) {
      metadata.put(key, list.stream().map(id -> ((Long) id).intValue()).toList());
    } else {
      metadata.put(key, value);
    }
  }

  @Override
  public void toHuggingFace(Map<String, Object> metadata, Path directory) {}
}
