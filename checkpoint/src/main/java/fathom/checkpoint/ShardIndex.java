package fathom.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// `model.safetensors.index.json`: which file of the directory holds which tensor.
public final class ShardIndex {
  /// The name that Hugging Face libraries look for.
  public static final String FILE_NAME = "model.safetensors.index.json";

  /// The index of DeepSeek-V3 has about 9 MB.
  private static final long MAX_BYTES = 48L << 20;

  private static final int MAX_TENSORS = 1 << 18;

  private final Path path;
  private final Map<String, String> files = new LinkedHashMap<>();
  private final Map<String, String> shardNames = new HashMap<>();

  private ShardIndex(Path path) {
    this.path = path;
  }

  /// Reads an index.
  ///
  /// @throws MalformedCheckpointException if it is no index, or names a file that is outside its
  ///   directory or missing from it
  public static ShardIndex read(Path path) {
    StrictJson.requireSize(path, MAX_BYTES);
    ShardIndex index = new ShardIndex(path);
    try (InputStream stream = Files.newInputStream(path);
        JsonParser json = StrictJson.parser(stream)) {
      index.parse(json);
    } catch (JacksonException e) {
      throw StrictJson.fault(path, 0, e);
    } catch (IOException e) {
      throw MalformedCheckpointException.unreadable(path, e);
    }
    if (index.files.isEmpty()) {
      throw MalformedCheckpointException.in(
          path, "weight_map", "expected an object that names tensors, found none");
    }
    return index;
  }

  private void parse(JsonParser json) {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw MalformedCheckpointException.at(path, 0, "expected a JSON object, found none");
    }
    for (String key = json.nextName(); key != null; key = json.nextName()) {
      JsonToken value = json.nextToken();
      if (key.equals("weight_map") && value == JsonToken.START_OBJECT) {
        readMap(json);
      } else {
        StrictJson.skip(path, json);
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw MalformedCheckpointException.at(
          path,
          Math.max(json.currentLocation().getByteOffset(), 0),
          "expected one JSON object and then the end of the file");
    }
  }

  private void readMap(JsonParser json) {
    for (String tensor = json.nextName(); tensor != null; tensor = json.nextName()) {
      String name = json.nextToken() == JsonToken.VALUE_STRING ? json.getString() : "no string";
      if (files.size() == MAX_TENSORS) {
        throw MalformedCheckpointException.in(
            path, tensor, "expected at most %d tensors, found more".formatted(MAX_TENSORS));
      }
      String shard = shardNames.get(name);
      if (shard == null) {
        shard = requireShard(tensor, name);
        shardNames.put(shard, shard);
      }
      if (files.put(tensor, shard) != null) {
        throw MalformedCheckpointException.in(path, tensor, "expected once, found twice");
      }
    }
  }

  private String requireShard(String tensor, String name) {
    // Only plain names: no folder, no drive, nothing that the file system would interpret.
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,240}\\.safetensors")) {
      throw MalformedCheckpointException.in(
          path,
          tensor,
          "expected the name of a .safetensors file in this directory, found "
              + MalformedCheckpointException.printable(name));
    }
    if (!Files.isRegularFile(path.resolveSibling(name))) {
      throw MalformedCheckpointException.in(
          path, tensor, "expected the shard %s, found no such file".formatted(name));
    }
    return name;
  }

  /// The index file.
  public Path path() {
    return path;
  }

  /// Name of the file of each tensor.
  public Map<String, String> files() {
    return Collections.unmodifiableMap(files);
  }

  /// The shards, each once, in order of their names.
  public List<Path> shards() {
    return new TreeSet<>(shardNames.values()).stream().map(path::resolveSibling).toList();
  }
}
