package fathom.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The tensors of a golden GGUF file, read with no more care than a file that we trust needs.
final class GgufTensors {
  private static final Map<Integer, DType> TYPES =
      Map.ofEntries(
          Map.entry(0, DType.F32),
          Map.entry(1, DType.F16),
          Map.entry(2, DType.Q4_0),
          Map.entry(3, DType.Q4_1),
          Map.entry(6, DType.Q5_0),
          Map.entry(7, DType.Q5_1),
          Map.entry(8, DType.Q8_0),
          Map.entry(10, DType.Q2_K),
          Map.entry(11, DType.Q3_K),
          Map.entry(12, DType.Q4_K),
          Map.entry(13, DType.Q5_K),
          Map.entry(14, DType.Q6_K),
          Map.entry(16, DType.IQ2_XXS),
          Map.entry(17, DType.IQ2_XS),
          Map.entry(18, DType.IQ3_XXS),
          Map.entry(19, DType.IQ1_S),
          Map.entry(20, DType.IQ4_NL),
          Map.entry(21, DType.IQ3_S),
          Map.entry(22, DType.IQ2_S),
          Map.entry(23, DType.IQ4_XS),
          Map.entry(29, DType.IQ1_M),
          Map.entry(30, DType.BF16),
          Map.entry(34, DType.TQ1_0),
          Map.entry(35, DType.TQ2_0),
          Map.entry(39, DType.MXFP4),
          Map.entry(40, DType.NVFP4));

  /// One tensor: `rows` rows of `columns` numbers.
  record Entry(String name, DType type, int rows, int columns, MemorySegment segment) {
    WeightMatrix weight() {
      return WeightMatrix.of(type, rows, columns, segment);
    }
  }

  private final MemorySegment file;
  private long at;
  private long alignment = 32;

  private GgufTensors(MemorySegment file) {
    this.file = file;
  }

  static List<Entry> read(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment file =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      return new GgufTensors(file).entries();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Entry> entries() {
    at = 8;
    long tensors = int64();
    long pairs = int64();
    for (long i = 0; i < pairs; i++) {
      String key = string();
      long value = skipValue(int32());
      alignment = key.equals("general.alignment") ? value : alignment;
    }
    List<Entry> entries = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    for (long i = 0; i < tensors; i++) {
      String name = string();
      int dims = int32();
      long columns = int64();
      long rows = 1;
      for (int d = 1; d < dims; d++) {
        rows *= int64();
      }
      DType type = TYPES.get(int32());
      offsets.add(int64());
      entries.add(new Entry(name, type, (int) rows, (int) columns, file));
    }
    long start = (at + alignment - 1) / alignment * alignment;
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      long bytes = e.rows() * e.type().bytes(e.columns());
      MemorySegment bytesOf = file.asSlice(start + offsets.get(i), bytes);
      entries.set(i, new Entry(e.name(), e.type(), e.rows(), e.columns(), bytesOf));
    }
    return entries;
  }

  private int int32() {
    at += 4;
    return file.get(ValueLayout.JAVA_INT_UNALIGNED, at - 4);
  }

  private long int64() {
    at += 8;
    return file.get(ValueLayout.JAVA_LONG_UNALIGNED, at - 8);
  }

  private String string() {
    byte[] bytes = new byte[(int) int64()];
    MemorySegment.copy(file, ValueLayout.JAVA_BYTE, at, bytes, 0, bytes.length);
    at += bytes.length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private long skipValue(int type) {
    long value = 0;
    switch (type) {
      case 0, 1, 7 -> at += 1;
      case 2, 3 -> at += 2;
      case 4, 5, 6 -> value = int32();
      case 10, 11, 12 -> at += 8;
      case 8 -> string();
      default -> {
        int element = int32();
        long count = int64();
        for (long i = 0; i < count; i++) {
          skipValue(element);
        }
      }
    }
    return value;
  }
}
