package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// One tensor of a checkpoint: its name in the file, the format of its numbers, its shape
/// (row-major, outermost dimension first, whatever the file's own order is), and its bytes where
/// they lie in the mapped file.
///
/// @param segment exactly the bytes that type and shape need; valid until the checkpoint is closed
public record TensorEntry(String name, DType type, Shape shape, MemorySegment segment) {
  /// Bytes of a tensor of `shape`: rows (the last dimension) are whole numbers of blocks.
  ///
  /// @throws IllegalArgumentException if a row is no whole number of blocks
  /// @throws ArithmeticException if the size exceeds a long
  public static long bytes(DType type, Shape shape) {
    if (shape.rank() == 0) {
      return type.bytes(1);
    }
    long columns = shape.dim(shape.rank() - 1);
    long rowBytes = type.bytes(columns);
    return columns == 0 ? 0 : Math.multiplyExact(rowBytes, shape.elements() / columns);
  }
}
