package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import fathom.tensor.WeightMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The files of one model, open and memory-mapped: tensors by name, and the configuration.
///
/// Tensors are asked for by their Hugging Face names; in a GGUF file these are translated (see
/// [TensorNames]), one expert being a slice of its stack. The file's own names work as well.
/// Nothing is copied or touched before it is used, and everything handed out dies with [#close()].
public final class Checkpoint implements AutoCloseable {
  /// What kind of files these are.
  public enum Format {
    /// A Hugging Face directory, or one file of it.
    SAFETENSORS,
    /// One GGUF file, or a split set.
    GGUF
  }

  private static final int MAX_SLICES = 1 << 16;
  private static final String SCALE_SUFFIX = "_scale_inv";

  private final Arena arena;
  private final Path path;
  private final Map<String, TensorEntry> tensors;
  private final @Nullable GgufFile gguf;

  private Checkpoint(
      Arena arena, Path path, Map<String, TensorEntry> tensors, @Nullable GgufFile gguf) {
    this.arena = arena;
    this.path = path;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.gguf = gguf;
  }

  /// Opens a Hugging Face directory (`model.safetensors`, or shards with their index; failing
  /// these, its only GGUF file), one `.safetensors` file, an index, one `.gguf` file, or the first
  /// file of a split GGUF set.
  ///
  /// @throws MalformedCheckpointException if there is no model, or it is broken
  public static Checkpoint open(Path path) {
    Arena arena = Arena.ofShared();
    try {
      return open(path, arena);
    } catch (Throwable fault) {
      arena.close();
      throw fault;
    }
  }

  /// Opens into an arena that the checkpoint closes.
  static Checkpoint open(Path path, Arena arena) {
    Path file = Files.isDirectory(path) ? modelIn(path) : path;
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".gguf")) {
      GgufFile gguf = GgufFile.open(file, arena);
      return new Checkpoint(arena, file, gguf.tensors(), gguf);
    }
    if (name.endsWith(".safetensors.index.json")) {
      return new Checkpoint(arena, file, openShards(ShardIndex.read(file), arena), null);
    }
    if (name.endsWith(".safetensors")) {
      return new Checkpoint(arena, file, SafetensorsFile.open(file, arena).tensors(), null);
    }
    throw MalformedCheckpointException.in(
        path, "file", "expected a directory, a .safetensors or a .gguf file, found neither");
  }

  private static Path modelIn(Path directory) {
    for (String name : List.of(ShardIndex.FILE_NAME, "model.safetensors")) {
      if (Files.exists(directory.resolve(name))) {
        return directory.resolve(name);
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found =
          files
              .filter(file -> file.getFileName().toString().endsWith(".gguf"))
              .filter(
                  file ->
                      !file.getFileName().toString().matches(".*-\\d{5}-of-\\d{5}\\.gguf")
                          || file.getFileName().toString().contains("-00001-of-"))
              .toList();
      if (found.size() == 1) {
        return found.getFirst();
      }
      throw MalformedCheckpointException.in(
          directory,
          "directory",
          "expected %s, model.safetensors or one .gguf file, found %d .gguf files"
              .formatted(ShardIndex.FILE_NAME, found.size()));
    } catch (IOException e) {
      throw MalformedCheckpointException.unreadable(directory, e);
    }
  }

  private static Map<String, TensorEntry> openShards(ShardIndex index, Arena arena) {
    Map<String, Map<String, TensorEntry>> shards = new HashMap<>();
    for (Path shard : index.shards()) {
      String name = shard.getFileName().toString();
      shards.put(name, SafetensorsFile.open(shard, arena).tensors());
    }
    Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    index
        .files()
        .forEach(
            (name, file) -> {
              TensorEntry tensor = shards.getOrDefault(file, Map.of()).get(name);
              if (tensor == null) {
                throw MalformedCheckpointException.in(
                    index.path().resolveSibling(file),
                    name,
                    "expected this tensor, as the index says, found none");
              }
              tensors.put(name, tensor);
            });
    return tensors;
  }

  /// The file that was opened: of several, the index or the first.
  public Path path() {
    return path;
  }

  /// The directory that the model lies in.
  public Path directory() {
    return path.resolveSibling("").toAbsolutePath();
  }

  /// Kind of the files.
  public Format format() {
    return gguf == null ? Format.SAFETENSORS : Format.GGUF;
  }

  /// The metadata of a GGUF file; empty for safetensors.
  public Optional<GgufMetadata> metadata() {
    return Optional.ofNullable(gguf).map(GgufFile::metadata);
  }

  /// The model's configuration as a Hugging Face `config.json` has it, whatever the format: read
  /// from the directory, or translated from GGUF metadata (see [ConfigJson]).
  ///
  /// @throws MalformedCheckpointException if there is none, or it cannot be translated
  public ObjectNode config() {
    return gguf == null
        ? StrictJson.readObject(directory().resolve("config.json"), StrictJson.CONFIG_BYTES)
        : ConfigJson.fromGguf(gguf);
  }

  /// All tensors by the names that the files give them.
  public Map<String, TensorEntry> tensors() {
    return tensors;
  }

  /// Whether there is a tensor of this name, Hugging Face's or the file's own.
  public boolean contains(String name) {
    return find(name).isPresent();
  }

  /// A tensor, or one expert of a stack, by its Hugging Face name or the file's own.
  public Optional<TensorEntry> find(String name) {
    TensorEntry own = tensors.get(name);
    if (own != null || gguf == null) {
      return Optional.ofNullable(own);
    }
    return TensorNames.toGguf(name)
        .filter(found -> tensors.containsKey(found.tensor()))
        .map(
            found -> {
              TensorEntry tensor = tensor(found.tensor());
              return found.expert() < 0 ? tensor : slice(tensor, found.expert(), name);
            });
  }

  /// A tensor that must be there.
  ///
  /// @throws MalformedCheckpointException if it is not
  public TensorEntry tensor(String name) {
    return find(name).orElseThrow(() -> fault(name, "expected this tensor, found none"));
  }

  /// A 2-D tensor as a weight in the format of the file; FP8 comes with its block scales.
  ///
  /// @throws MalformedCheckpointException if it is missing, not 2-D, or its scales are missing, do
  ///   not fit, or are negative or not finite
  public WeightMatrix weight(String name) {
    TensorEntry tensor = tensor(name);
    WeightMatrix weight = matrix(tensor, name);
    if (tensor.type() != DType.F8_E4M3) {
      return weight;
    }
    Matrix scales = floats(name + SCALE_SUFFIX);
    requireScales(name + SCALE_SUFFIX, scales, tensor.shape());
    return weight.withScales(new Fp8Blocks(scales));
  }

  /// All slices of a 3-D tensor along its first dimension: the experts of a stack, or the heads of
  /// a split kv_b.
  public List<WeightMatrix> slices(String name) {
    TensorEntry tensor = tensor(name);
    Shape shape = tensor.shape();
    if (shape.rank() != 3 || shape.elements() == 0 || shape.dim(0) > MAX_SLICES) {
      throw fault(
          name, "expected a stack of at most %d matrices, found %s".formatted(MAX_SLICES, shape));
    }
    List<WeightMatrix> slices = new ArrayList<>();
    for (int index = 0; index < shape.dim(0); index++) {
      slices.add(matrix(slice(tensor, index, name), name));
    }
    return slices;
  }

  /// A small tensor as float32: `[1, n]` if it has one dimension, else `[rows, columns]`. Float32
  /// tensors are views of the file, others are copied.
  public Matrix floats(String name) {
    TensorEntry tensor = tensor(name);
    Shape shape = tensor.shape();
    if (shape.rank() < 1 || shape.rank() > 2) {
      throw fault(name, "expected one or two dimensions, found " + shape);
    }
    int rows = shape.rank() == 1 ? 1 : size(name, shape.dim(0));
    int columns = size(name, shape.dim(shape.rank() - 1));
    return tensor.type() == DType.F32
        ? Matrix.of(tensor.segment(), rows, columns)
        : Floats.copy(this, WeightMatrix.of(tensor.type(), rows, columns, tensor.segment()), name);
  }

  /// What is handed out lives as long as this.
  Arena arena() {
    return arena;
  }

  MalformedCheckpointException fault(String key, String reason) {
    return MalformedCheckpointException.in(path, key, reason);
  }

  private WeightMatrix matrix(TensorEntry tensor, String name) {
    if (tensor.shape().rank() != 2) {
      throw fault(name, "expected two dimensions, found " + tensor.shape());
    }
    return WeightMatrix.of(
        tensor.type(),
        size(name, tensor.shape().dim(0)),
        size(name, tensor.shape().dim(1)),
        tensor.segment());
  }

  private TensorEntry slice(TensorEntry tensor, int index, String name) {
    Shape shape = tensor.shape();
    if (shape.rank() != 3 || index >= shape.dim(0)) {
      throw fault(name, "expected slice %d of a stack, found %s".formatted(index, shape));
    }
    Shape sliceShape = Shape.of(shape.dim(1), shape.dim(2));
    long bytes = TensorEntry.bytes(tensor.type(), sliceShape);
    MemorySegment segment = tensor.segment().asSlice(index * bytes, bytes);
    return new TensorEntry(name, tensor.type(), sliceShape, segment);
  }

  private int size(String name, long dim) {
    if (dim > Integer.MAX_VALUE) {
      throw fault(name, "expected dimensions below 2^31, found " + dim);
    }
    return (int) dim;
  }

  private void requireScales(String name, Matrix scales, Shape weight) {
    long rows = Math.ceilDiv(weight.dim(0), Fp8Blocks.SIZE);
    long columns = Math.ceilDiv(weight.dim(1), Fp8Blocks.SIZE);
    if (scales.rows() != rows || scales.columns() != columns) {
      throw fault(
          name,
          "expected %d x %d scales for a weight %s, found %s"
              .formatted(rows, columns, weight, scales));
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        float scale = scales.get(row, column);
        if (!(scale >= 0) || scale == Float.POSITIVE_INFINITY) {
          throw fault(
              name,
              "expected finite scales from 0 on, found %s at [%d, %d]"
                  .formatted(scale, row, column));
        }
      }
    }
  }

  /// Unmaps the files. Whatever was handed out must not be used any more.
  @Override
  public void close() {
    arena.close();
  }
}
