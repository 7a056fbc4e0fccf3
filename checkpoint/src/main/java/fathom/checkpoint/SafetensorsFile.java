package fathom.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/// One safetensors file, mapped: eight bytes of header length (little-endian), a JSON header that
/// gives each tensor's type, shape and place, then the data without gaps.
///
/// The file is as strict as the reference implementation wants it (no holes, no overlap, no bytes
/// that belong to nothing), and in addition each tensor must be aligned to the size of its numbers.
public final class SafetensorsFile {
  private final Path path;
  private final Map<String, TensorEntry> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      Path path, Map<String, TensorEntry> tensors, Map<String, String> metadata) {
    this.path = path;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /// Maps and checks a file; its tensors live as long as `arena`.
  ///
  /// @throws MalformedCheckpointException if it is not a whole and consistent safetensors file
  public static SafetensorsFile open(Path path, Arena arena) {
    MappedFile file = MappedFile.map(path, arena);
    if (file.size() < SafetensorsHeader.LENGTH_BYTES) {
      throw file.fault(
          0, "expected 8 bytes of header length, found a file of %d".formatted(file.size()));
    }
    long length =
        file.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    long available = file.size() - SafetensorsHeader.LENGTH_BYTES;
    if (length < 0 || length > Math.min(available, SafetensorsHeader.MAX_BYTES)) {
      throw file.fault(
          0,
          "expected a header length of at most %d, found %s"
              .formatted(
                  Math.min(available, SafetensorsHeader.MAX_BYTES), Long.toUnsignedString(length)));
    }
    SafetensorsHeader header = new SafetensorsHeader(file, length);
    requireNoGaps(file, SafetensorsHeader.LENGTH_BYTES + length, header.tensors());
    return new SafetensorsFile(path, header.tensors(), header.metadata());
  }

  private static void requireNoGaps(
      MappedFile file, long dataStart, Map<String, TensorEntry> tensors) {
    long end = dataStart;
    for (TensorEntry tensor : TensorLayout.inOrder(file, tensors.values())) {
      long start = TensorLayout.start(file, tensor);
      if (start != end && tensor.segment().byteSize() > 0) {
        throw file.fault(
            tensor.name(),
            "expected its data at offset %d, found a gap up to %d".formatted(end, start));
      }
      end = Math.max(end, start + tensor.segment().byteSize());
    }
    if (end != file.size()) {
      throw file.fault(
          end, "expected the end of the file, found %d more bytes".formatted(file.size() - end));
    }
  }

  /// The file.
  public Path path() {
    return path;
  }

  /// All tensors by name, in the header's order.
  public Map<String, TensorEntry> tensors() {
    return tensors;
  }

  /// The strings of `__metadata__`, empty if there are none.
  public Map<String, String> metadata() {
    return metadata;
  }
}
