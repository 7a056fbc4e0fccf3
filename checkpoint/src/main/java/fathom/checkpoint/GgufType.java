package fathom.checkpoint;

import java.util.Arrays;
import java.util.Optional;

/// The type of a GGUF metadata value; the number in the file is the ordinal (`gguf_type` in
/// gguf.h).
public enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  /// A length of 8 bytes, then UTF-8.
  STRING(8, 8),
  /// Element type (4 bytes), count (8 bytes), then the elements.
  ARRAY(9, 12),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private final int id;
  private final int bytes;

  GgufType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  /// The number in the file.
  int id() {
    return id;
  }

  /// Bytes of one value, at least: strings and arrays have more behind these.
  int bytes() {
    return bytes;
  }

  /// Whether a value is a whole number.
  public boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  static Optional<GgufType> ofId(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }
}
