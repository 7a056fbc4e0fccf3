package fathom.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// Writes a Hugging Face directory's tensors: one `model.safetensors` if they fit into one shard,
/// else `model-00001-of-0000N.safetensors` … with their index. The index is written last, so that a
/// directory is a model only when all of it is there.
public final class ShardedSafetensorsWriter implements TensorWriter {
  /// What Hugging Face libraries cut shards to.
  public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

  private final Path directory;
  private final List<PartialFile> shards = new ArrayList<>();
  private final Map<String, PartialFile> shardOf = new HashMap<>();
  private final ObjectNode index = StrictJson.object();

  /// A writer of these tensors, in shards of at most `maxShardBytes` of data (a larger tensor has a
  /// shard of its own), filled in the order given.
  ///
  /// @throws IllegalArgumentException if two have one name, or a type is not one of safetensors'
  public static ShardedSafetensorsWriter create(
      Path directory, List<TensorSpec> tensors, long maxShardBytes) {
    return new ShardedSafetensorsWriter(directory, cut(tensors, maxShardBytes));
  }

  private ShardedSafetensorsWriter(Path directory, List<List<TensorSpec>> parts) {
    this.directory = directory;
    Map<String, String> files = new TreeMap<>();
    long total = 0;
    try {
      for (int i = 0; i < parts.size(); i++) {
        String name = shardName(i, parts.size());
        PartialFile shard =
            SafetensorsWriter.open(
                directory.resolve(name), parts.get(i), SafetensorsWriter.PYTORCH);
        shards.add(shard);
        for (TensorSpec tensor : parts.get(i)) {
          total += tensor.bytes();
          shardOf.put(tensor.name(), shard);
          if (files.put(tensor.name(), name) != null) {
            throw new IllegalArgumentException(tensor.name() + ": expected once, found twice");
          }
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    index.putObject("metadata").put("total_size", total);
    ObjectNode map = index.putObject("weight_map");
    files.forEach(map::put);
  }

  private static String shardName(int number, int count) {
    return count == 1
        ? "model.safetensors"
        : "model-%05d-of-%05d.safetensors".formatted(number + 1, count);
  }

  private static List<List<TensorSpec>> cut(List<TensorSpec> tensors, long maxShardBytes) {
    List<List<TensorSpec>> parts = new ArrayList<>();
    parts.add(new ArrayList<>());
    long used = 0;
    for (TensorSpec tensor : tensors) {
      if (used + tensor.bytes() > maxShardBytes && !parts.getLast().isEmpty()) {
        parts.add(new ArrayList<>());
        used = 0;
      }
      parts.getLast().add(tensor);
      used += tensor.bytes();
    }
    return parts;
  }

  @Override
  public void write(String tensor, MemorySegment bytes) {
    PartialFile shard = shardOf.get(tensor);
    if (shard == null) {
      throw new IllegalArgumentException(tensor + ": expected a declared tensor, found none");
    }
    shard.write(tensor, bytes);
  }

  @Override
  public void finish() {
    shards.forEach(PartialFile::complete);
    Path indexFile = directory.resolve(ShardIndex.FILE_NAME);
    try {
      // An index of older shards must not outlive them.
      Files.deleteIfExists(indexFile);
    } catch (IOException e) {
      throw new CheckpointWriteException(indexFile, e);
    }
    shards.forEach(PartialFile::rename);
    if (shards.size() > 1) {
      PartialFile.writeWhole(indexFile, StrictJson.write(index));
    }
  }

  @Override
  public void close() {
    shards.forEach(PartialFile::close);
  }
}
