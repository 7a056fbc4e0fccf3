package fathom.checkpoint;

import java.util.Optional;

/// The type of a GGUF metadata value; the number in the file is the ordinal (`gguf_type` in
/// gguf.h).
public enum GgufType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  /// A length of 8 bytes, then UTF-8.
  STRING(8),
  /// Element type (4 bytes), count (8 bytes), then the elements.
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private final int bytes;

  GgufType(int bytes) {
    this.bytes = bytes;
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
    return id < 0 || id >= values().length ? Optional.empty() : Optional.of(values()[id]);
  }
}
