package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Walks through a GGUF file once: magic, version, metadata, tensor descriptions. Each length is
/// compared with what is left of the file before anything is done with it.
final class GgufReader {
  static final int MAGIC = 0x46554747;
  static final int DEFAULT_ALIGNMENT = 32;
  static final String ALIGNMENT_KEY = "general.alignment";

  /// Far above the 1,100 or so of DeepSeek-V3; each costs a few hundred bytes of memory.
  private static final int MAX_ENTRIES = 1 << 16;

  /// ggml itself allows 64.
  private static final int MAX_NAME = 1 << 10;

  /// Strings are tokens and chat templates.
  private static final int MAX_STRING = 8 << 20;

  private static final int MAX_RANK = 4;
  private static final int MAX_ALIGNMENT = 1 << 20;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final int version;
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
  private long position;

  /// A tensor as its description has it; where the data begin is known only after the last one.
  private record Description(String name, GgmlType type, Shape shape, long offset, long place) {}

  GgufReader(MappedFile file) {
    this.file = file;
    version = readHeader();
    long tensorCount = readCount("tensors", 8 + 4 + 4 + 8);
    long valueCount = readCount("metadata values", 8 + 4 + 1);
    for (long i = 0; i < valueCount; i++) {
      readPair();
    }
    List<Description> descriptions = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      descriptions.add(readDescription());
    }
    long alignment = alignment();
    long dataStart = Math.ceilDiv(position, alignment) * alignment;
    for (Description description : descriptions) {
      TensorEntry entry = entry(description, dataStart, alignment);
      if (tensors.put(entry.name(), entry) != null) {
        throw file.fault(
            description.place(),
            "expected each tensor once, found %s twice".formatted(entry.name()));
      }
    }
    List<TensorEntry> unused = TensorLayout.inOrder(file, tensors.values());
    assert unused.size() == tensors.size();
  }

  int version() {
    return version;
  }

  Map<String, GgufValue> metadata() {
    return metadata;
  }

  Map<String, TensorEntry> tensors() {
    return tensors;
  }

  private int readHeader() {
    int magic = readInt("the magic number");
    if (magic != MAGIC) {
      throw file.fault(
          0, "expected the magic number GGUF, found %08x".formatted(Integer.reverseBytes(magic)));
    }
    int found = readInt("the version");
    if ((found & 0xffff) == 0 && found != 0) {
      throw file.fault(4, "expected a little-endian file, found a big-endian one");
    }
    if (found != 2 && found != 3) {
      throw file.fault(
          4, "expected GGUF version 2 or 3, found %s".formatted(Integer.toUnsignedString(found)));
    }
    return found;
  }

  private void readPair() {
    long place = position;
    String key = readString("a key", MAX_NAME);
    GgufType type = readType();
    GgufValue value = type == GgufType.ARRAY ? readArray() : readValues(type, false, 1);
    if (metadata.put(key, value) != null) {
      throw file.fault(
          place,
          "expected each key once, found %s twice"
              .formatted(MalformedCheckpointException.printable(key)));
    }
  }

  private GgufType readType() {
    long place = position;
    int id = readInt("a value type");
    return GgufType.ofId(id)
        .orElseThrow(
            () -> file.fault(place, "expected a value type 0..12, found %d".formatted(id)));
  }

  private GgufValue readArray() {
    long place = position;
    GgufType type = readType();
    if (type == GgufType.ARRAY) {
      throw file.fault(place, "expected an array of plain values, found nested arrays");
    }
    long count = readLong("an array's length");
    long available = file.size() - position;
    if (count < 0 || count > available / type.bytes() || count > Integer.MAX_VALUE - 8) {
      throw file.fault(
          place + 4,
          "expected an array within the %d bytes left, found %s values of %s"
              .formatted(available, Long.toUnsignedString(count), type));
    }
    return readValues(type, true, count);
  }

  private GgufValue readValues(GgufType type, boolean array, long count) {
    long start = position;
    if (type == GgufType.STRING) {
      for (long i = 0; i < count; i++) {
        readString("a string", MAX_STRING);
      }
    } else {
      take(count * type.bytes(), "a value");
    }
    GgufValue value =
        new GgufValue(type, array, count, file.bytes().asSlice(start, position - start));
    if (type == GgufType.BOOL) {
      for (long i = 0; i < count; i++) {
        if (value.longAt(i) < 0 || value.longAt(i) > 1) {
          throw file.fault(start + i, "expected 0 or 1, found %d".formatted(value.longAt(i)));
        }
      }
    }
    return value;
  }

  private Description readDescription() {
    long place = position;
    String name = readString("a tensor's name", MAX_NAME);
    int rank = readInt("a tensor's rank");
    if (rank < 0 || rank > MAX_RANK) {
      throw file.fault(
          position - 4,
          "expected 0..%d dimensions, found %s"
              .formatted(MAX_RANK, Integer.toUnsignedString(rank)));
    }
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      long dim = readLong("a dimension");
      if (dim < 0) {
        throw file.fault(
            position - 8, "expected a dimension, found %s".formatted(Long.toUnsignedString(dim)));
      }
      dims.addFirst(dim);
    }
    int id = readInt("a tensor type");
    GgmlType type =
        GgmlType.ofId(id)
            .orElseThrow(
                () ->
                    file.fault(
                        position - 4, "expected a known tensor type, found %d".formatted(id)));
    long offset = readLong("a tensor's offset");
    return new Description(name, type, TensorLayout.shape(file, name, dims), offset, place);
  }

  private long alignment() {
    GgufValue value = metadata.get(ALIGNMENT_KEY);
    if (value == null) {
      return DEFAULT_ALIGNMENT;
    }
    long alignment = value.isArray() || value.type() != GgufType.UINT32 ? 0 : value.longAt(0);
    if (Long.bitCount(alignment) != 1 || alignment > MAX_ALIGNMENT || alignment < 8) {
      throw file.fault(
          ALIGNMENT_KEY,
          "expected a uint32 power of two from 8 to %d, found %s"
              .formatted(MAX_ALIGNMENT, MalformedCheckpointException.printable(value.toString())));
    }
    return alignment;
  }

  private TensorEntry entry(Description description, long dataStart, long alignment) {
    String name = description.name();
    DType type = description.type().dtype();
    long offset = description.offset();
    if (offset % alignment != 0) {
      throw file.fault(
          name,
          "expected an offset that is a multiple of %d, found %d".formatted(alignment, offset));
    }
    long bytes = TensorLayout.bytes(file, name, type, description.shape());
    long available = file.size() - dataStart;
    if (offset < 0 || bytes > available || offset > available - bytes) {
      throw file.fault(
          name,
          "expected its %d bytes within %d bytes of data, found them from %s on"
              .formatted(bytes, Math.max(available, 0), Long.toUnsignedString(offset)));
    }
    MemorySegment segment =
        bytes == 0 ? file.bytes().asSlice(0, 0) : file.bytes().asSlice(dataStart + offset, bytes);
    return new TensorEntry(name, type, description.shape(), segment);
  }

  // ---- primitives: nothing is believed before it is compared with what is left of the file ------

  private long take(long count, String what) {
    if (count > file.size() - position) {
      throw file.fault(
          position,
          "expected %s of %d bytes, found %d".formatted(what, count, file.size() - position));
    }
    long start = position;
    position += count;
    return start;
  }

  private int readInt(String what) {
    return file.bytes().get(INT, take(Integer.BYTES, what));
  }

  private long readLong(String what) {
    return file.bytes().get(LONG, take(Long.BYTES, what));
  }

  private long readCount(String what, int minimumBytes) {
    long count = readLong("the number of " + what);
    long most = Math.min((file.size() - position) / minimumBytes, MAX_ENTRIES);
    if (count < 0 || count > most) {
      throw file.fault(
          position - 8,
          "expected at most %d %s, found %s".formatted(most, what, Long.toUnsignedString(count)));
    }
    return count;
  }

  private String readString(String what, int limit) {
    long length = readLong("the length of " + what);
    if (length < 0 || length > Math.min(limit, file.size() - position)) {
      throw file.fault(
          position - 8,
          "expected %s within the %d bytes left, found a length of %s"
              .formatted(what, file.size() - position, Long.toUnsignedString(length)));
    }
    long start = take(length, what);
    ByteBuffer bytes = file.bytes().asSlice(start, length).asByteBuffer();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw file.fault(start, "expected %s in UTF-8, found: %s".formatted(what, e));
    }
  }
}
