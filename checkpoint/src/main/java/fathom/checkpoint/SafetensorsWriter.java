package fathom.checkpoint;

import fathom.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one safetensors file, byte for byte as the reference implementation lays it out: tensors
/// of wide numbers first, then by name, and a header padded with blanks to a multiple of 8 bytes.
public final class SafetensorsWriter implements TensorWriter {
  /// What PyTorch's and Hugging Face's libraries put into `__metadata__`.
  public static final Map<String, String> PYTORCH = Map.of("format", "pt");

  /// The order of the reference implementation: its list of types, backwards.
  private static final List<DType> ORDER =
      List.of(
          DType.I64,
          DType.F64,
          DType.F32,
          DType.I32,
          DType.BF16,
          DType.F16,
          DType.I16,
          DType.F8_E4M3,
          DType.I8,
          DType.U8,
          DType.BOOL);

  private final PartialFile file;

  private SafetensorsWriter(PartialFile file) {
    this.file = file;
  }

  /// A writer of these tensors.
  ///
  /// @throws IllegalArgumentException if two have one name, or a type is not one of safetensors'
  public static SafetensorsWriter create(
      Path target, List<TensorSpec> tensors, Map<String, String> metadata) {
    return new SafetensorsWriter(open(target, tensors, metadata));
  }

  static PartialFile open(Path target, List<TensorSpec> tensors, Map<String, String> metadata) {
    tensors.forEach(SafetensorsWriter::requireType);
    List<TensorSpec> ordered = new ArrayList<>(tensors);
    ordered.sort(
        Comparator.comparingInt((TensorSpec tensor) -> ORDER.indexOf(tensor.type()))
            .thenComparing(TensorSpec::name));
    return new PartialFile(target, header(ordered, metadata), ordered, 1, false);
  }

  private static void requireType(TensorSpec tensor) {
    if (!ORDER.contains(tensor.type())) {
      throw new IllegalArgumentException(
          "%s: expected one of %s, found %s".formatted(tensor.name(), ORDER, tensor.type()));
    }
  }

  private static byte[] header(List<TensorSpec> ordered, Map<String, String> metadata) {
    ObjectNode header = StrictJson.object();
    if (!metadata.isEmpty()) {
      ObjectNode node = header.putObject("__metadata__");
      metadata.forEach(node::put);
    }
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (TensorSpec tensor : ordered) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException(tensor.name() + ": expected once, found twice");
      }
      ObjectNode node = header.putObject(tensor.name());
      node.put("dtype", tensor.type().name());
      ArrayNode shape = node.putArray("shape");
      tensor.shape().dims().forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
      offset += tensor.bytes();
    }
    byte[] json = StrictJson.writeCompact(header);
    int padded = Math.toIntExact(PartialFile.align(json.length, Long.BYTES));
    byte[] bytes = new byte[Long.BYTES + padded];
    Arrays.fill(bytes, (byte) ' ');
    MemorySegment segment = MemorySegment.ofArray(bytes);
    segment.set(
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0, (long) padded);
    MemorySegment.copy(json, 0, segment, ValueLayout.JAVA_BYTE, Long.BYTES, json.length);
    return bytes;
  }

  @Override
  public void write(String tensor, MemorySegment bytes) {
    file.write(tensor, bytes);
  }

  @Override
  public void finish() {
    file.complete();
    file.rename();
  }

  @Override
  public void close() {
    file.close();
  }
}
