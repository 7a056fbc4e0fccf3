package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads the JSON at the start of a safetensors file token by token, so that a large header never
/// becomes a tree, and checks each entry against the file before it is kept.
final class SafetensorsHeader {
  /// A length of 8 bytes, then the JSON.
  static final int LENGTH_BYTES = 8;

  /// The reference implementation allows three times as much; that of a whole DeepSeek-V3 in one
  /// file would have 15 MB.
  static final long MAX_BYTES = 32L << 20;

  /// Far above the 91,991 tensors of DeepSeek-V3 in all its shards together.
  static final int MAX_TENSORS = 1 << 18;

  private static final int MAX_RANK = 8;
  private static final int MAX_METADATA = 1 << 12;

  /// The names that safetensors gives to the formats that Fathom reads.
  static final Map<String, DType> TYPES =
      Map.ofEntries(
          Map.entry("F64", DType.F64),
          Map.entry("F32", DType.F32),
          Map.entry("F16", DType.F16),
          Map.entry("BF16", DType.BF16),
          Map.entry("F8_E4M3", DType.F8_E4M3),
          Map.entry("I64", DType.I64),
          Map.entry("I32", DType.I32),
          Map.entry("I16", DType.I16),
          Map.entry("I8", DType.I8),
          Map.entry("U8", DType.U8),
          Map.entry("BOOL", DType.BOOL));

  private final MappedFile file;
  private final long dataStart;
  private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /// Parses `length` bytes of JSON.
  ///
  /// @throws MalformedCheckpointException for anything that is not a header of this very file
  SafetensorsHeader(MappedFile file, long length) {
    this.file = file;
    this.dataStart = LENGTH_BYTES + length;
    try (JsonParser json = StrictJson.parser(file.stream(LENGTH_BYTES, length))) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT, "header");
      for (String key = json.nextName(); key != null; key = json.nextName()) {
        if (key.equals("__metadata__")) {
          readMetadata(json);
        } else {
          readTensor(json, key);
        }
      }
      expect(json, json.currentToken(), JsonToken.END_OBJECT, "header");
      if (json.nextToken() != null) {
        throw file.fault(place(json), "expected the end of the header, found more JSON");
      }
    } catch (JacksonException e) {
      throw StrictJson.fault(file.path(), LENGTH_BYTES, e);
    }
  }

  Map<String, TensorEntry> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private void readMetadata(JsonParser json) {
    expect(json, json.nextToken(), JsonToken.START_OBJECT, "__metadata__");
    for (String key = json.nextName(); key != null; key = json.nextName()) {
      expect(json, json.nextToken(), JsonToken.VALUE_STRING, "__metadata__");
      if (metadata.put(key, json.getString()) != null || metadata.size() > MAX_METADATA) {
        throw file.fault(
            "__metadata__",
            "expected each key once and at most %d, found %s again or more"
                .formatted(MAX_METADATA, MalformedCheckpointException.printable(key)));
      }
    }
    expect(json, json.currentToken(), JsonToken.END_OBJECT, "__metadata__");
  }

  private void readTensor(JsonParser json, String name) {
    expect(json, json.nextToken(), JsonToken.START_OBJECT, name);
    String dtype = null;
    List<Long> dims = null;
    List<Long> offsets = null;
    int fields = 0;
    for (String key = json.nextName(); key != null; key = json.nextName()) {
      fields++;
      switch (key) {
        case "dtype" -> {
          expect(json, json.nextToken(), JsonToken.VALUE_STRING, name + ".dtype");
          dtype = json.getString();
        }
        case "shape" -> dims = readLongs(json, name + ".shape", MAX_RANK);
        case "data_offsets" -> offsets = readLongs(json, name + ".data_offsets", 2);
        default ->
            throw file.fault(
                name,
                "expected dtype, shape and data_offsets, found %s"
                    .formatted(MalformedCheckpointException.printable(key)));
      }
    }
    expect(json, json.currentToken(), JsonToken.END_OBJECT, name);
    if (tensors.size() == MAX_TENSORS) {
      throw file.fault(
          name, "expected at most %d tensors in one file, found more".formatted(MAX_TENSORS));
    }
    if (fields > 3 || tensors.put(name, entry(name, dtype, dims, offsets)) != null) {
      throw file.fault(name, "expected this tensor and each of its fields once, found more");
    }
  }

  private TensorEntry entry(
      String name,
      @Nullable String dtype,
      @Nullable List<Long> dims,
      @Nullable List<Long> offsets) {
    if (dtype == null || dims == null || offsets == null || offsets.size() != 2) {
      throw file.fault(name, "expected dtype, shape and two data_offsets, found less");
    }
    DType type = TYPES.get(dtype);
    if (type == null) {
      throw file.fault(
          name,
          "expected one of the types %s, found %s"
              .formatted(
                  TYPES.keySet().stream().sorted().toList(),
                  MalformedCheckpointException.printable(dtype)));
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    long available = file.size() - dataStart;
    if (begin > end || end > available) {
      throw file.fault(
          name,
          "expected offsets within %d bytes of data, found %d..%d"
              .formatted(available, begin, end));
    }
    Shape shape = TensorLayout.shape(file, name, dims);
    long bytes = TensorLayout.bytes(file, name, type, shape);
    if (bytes != end - begin) {
      throw file.fault(
          name, "expected %d bytes for %s %s, found %d".formatted(bytes, type, shape, end - begin));
    }
    if ((dataStart + begin) % type.blockBytes() != 0) {
      throw file.fault(
          name,
          "expected %s numbers at a multiple of %d bytes, found offset %d"
              .formatted(type, type.blockBytes(), dataStart + begin));
    }
    return new TensorEntry(name, type, shape, file.bytes().asSlice(dataStart + begin, bytes));
  }

  private List<Long> readLongs(JsonParser json, String what, int limit) {
    expect(json, json.nextToken(), JsonToken.START_ARRAY, what);
    List<Long> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
      long value = json.getLongValue();
      if (value < 0 || values.size() == limit) {
        throw file.fault(
            what, "expected at most %d numbers from 0 on, found %d more".formatted(limit, value));
      }
      values.add(value);
    }
    return values;
  }

  private void expect(JsonParser json, @Nullable JsonToken found, JsonToken wanted, String what) {
    if (found != wanted) {
      throw file.fault(
          place(json),
          "%s: expected %s, found %s"
              .formatted(
                  MalformedCheckpointException.printable(what), wanted, String.valueOf(found)));
    }
  }

  private static long place(JsonParser json) {
    return LENGTH_BYTES + Math.max(json.currentLocation().getByteOffset(), 0);
  }
}
