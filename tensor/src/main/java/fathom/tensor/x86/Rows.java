package fathom.tensor.x86;

import fathom.tensor.DType;

/// Rows of plain numbers at an address. Reused, so that a step makes no garbage.
final class Rows {
  private DType type = DType.F32;
  private long address;
  private long rowBytes;
  private int count;
  private int columns;

  /// Rows of float32.
  Rows floats(long newAddress, long newRowBytes, int newCount, int newColumns) {
    type = DType.F32;
    address = newAddress;
    rowBytes = newRowBytes;
    count = newCount;
    columns = newColumns;
    return this;
  }

  /// The same rows, but of numbers of another type.
  Rows of(DType newType) {
    type = newType;
    return this;
  }

  DType type() {
    return type;
  }

  long address() {
    return address;
  }

  long rowBytes() {
    return rowBytes;
  }

  int count() {
    return count;
  }

  int columns() {
    return columns;
  }

  /// Bytes of so many numbers of a row.
  long bytes(int numbers) {
    return type.bytes(numbers);
  }
}
