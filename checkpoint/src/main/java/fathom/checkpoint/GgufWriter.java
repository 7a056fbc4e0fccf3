package fathom.checkpoint;

import fathom.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a GGUF file of version 3, or a set of several (`NAME-00001-of-0000N.gguf`, metadata in
/// the first). Tensors stand in the order in which they are declared; the alignment is
/// `general.alignment`, 32 if that is absent.
public final class GgufWriter implements TensorWriter {
  private static final int VERSION = 3;

  private final List<PartialFile> files = new ArrayList<>();
  private final Map<String, PartialFile> fileOf = new HashMap<>();

  private GgufWriter() {}

  /// A writer of one file.
  ///
  /// @throws IllegalArgumentException if two tensors have one name, a type is not one of GGUF's, or
  ///   a tensor has more than four dimensions
  public static GgufWriter create(
      Path target, Map<String, GgufValue> metadata, List<TensorSpec> tensors) {
    GgufWriter writer = new GgufWriter();
    writer.add(target, metadata, tensors);
    return writer;
  }

  /// A writer of a set of files with at most `maxTensors` tensors each, `prefix` being the common
  /// beginning of their paths.
  public static GgufWriter createSplit(
      Path prefix, Map<String, GgufValue> metadata, List<TensorSpec> tensors, int maxTensors) {
    GgufWriter writer = new GgufWriter();
    int count = Math.max(1, Math.ceilDiv(tensors.size(), maxTensors));
    for (int number = 0; number < count; number++) {
      Map<String, GgufValue> own =
          number == 0 ? new LinkedHashMap<>(metadata) : alignment(metadata);
      own.put("split.no", GgufValue.of(GgufType.UINT16, number));
      own.put("split.count", GgufValue.of(GgufType.UINT16, count));
      own.put("split.tensors.count", GgufValue.of(GgufType.INT32, tensors.size()));
      int first = number * maxTensors;
      writer.add(
          prefix.resolveSibling(GgufFile.splitName(prefix.getFileName().toString(), number, count)),
          own,
          tensors.subList(first, Math.min(first + maxTensors, tensors.size())));
    }
    return writer;
  }

  private static Map<String, GgufValue> alignment(Map<String, GgufValue> metadata) {
    Map<String, GgufValue> own = new LinkedHashMap<>();
    GgufValue value = metadata.get(GgufReader.ALIGNMENT_KEY);
    if (value != null) {
      own.put(GgufReader.ALIGNMENT_KEY, value);
    }
    return own;
  }

  private void add(Path target, Map<String, GgufValue> metadata, List<TensorSpec> tensors) {
    try {
      GgufValue value = metadata.get(GgufReader.ALIGNMENT_KEY);
      int alignment =
          value == null ? GgufReader.DEFAULT_ALIGNMENT : Math.toIntExact(value.longs()[0]);
      PartialFile file =
          new PartialFile(target, header(metadata, tensors, alignment), tensors, alignment, true);
      files.add(file);
      for (TensorSpec tensor : tensors) {
        if (fileOf.put(tensor.name(), file) != null) {
          throw new IllegalArgumentException(tensor.name() + ": expected once, found twice");
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static byte[] header(
      Map<String, GgufValue> metadata, List<TensorSpec> tensors, int alignment) {
    LittleEndianBytes bytes = new LittleEndianBytes();
    bytes.putInt(GgufReader.MAGIC).putInt(VERSION);
    bytes.putLong(tensors.size()).putLong(metadata.size());
    metadata.forEach(
        (key, value) -> {
          bytes.putString(key);
          if (value.isArray()) {
            bytes.putInt(GgufType.ARRAY.id());
          }
          bytes.putInt(value.type().id());
          if (value.isArray()) {
            bytes.putLong(value.count());
          }
          bytes.put(value.bytes());
        });
    long offset = 0;
    for (TensorSpec tensor : tensors) {
      offset = PartialFile.align(offset, alignment);
      describe(bytes, tensor, offset);
      offset += tensor.bytes();
    }
    bytes.padTo(alignment);
    return bytes.toArray();
  }

  private static void describe(LittleEndianBytes bytes, TensorSpec tensor, long offset) {
    Shape shape = tensor.shape();
    GgmlType type =
        GgmlType.of(tensor.type())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s: expected a type of GGUF, found %s"
                            .formatted(tensor.name(), tensor.type())));
    if (shape.rank() > 4) {
      throw new IllegalArgumentException(
          "%s: expected at most 4 dimensions, found %s".formatted(tensor.name(), shape));
    }
    bytes.putString(tensor.name()).putInt(shape.rank());
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      bytes.putLong(shape.dim(axis));
    }
    bytes.putInt(type.id()).putLong(offset);
  }

  @Override
  public void write(String tensor, MemorySegment bytes) {
    PartialFile file = fileOf.get(tensor);
    if (file == null) {
      throw new IllegalArgumentException(tensor + ": expected a declared tensor, found none");
    }
    file.write(tensor, bytes);
  }

  @Override
  public void finish() {
    files.forEach(PartialFile::complete);
    // The first file is what one opens, so it comes last.
    files.reversed().forEach(PartialFile::rename);
  }

  @Override
  public void close() {
    files.forEach(PartialFile::close);
  }
}
