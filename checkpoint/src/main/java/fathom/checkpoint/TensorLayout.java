package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Checks that both formats share: sizes that do not overflow, tensors that do not overlap.
final class TensorLayout {
  private TensorLayout() {}

  /// A shape from dimensions that a file claims.
  static Shape shape(MappedFile file, String name, List<Long> dims) {
    try {
      return new Shape(dims);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw file.fault(name, "expected a shape below 2^63 numbers, found %s".formatted(dims));
    }
  }

  /// Bytes of a tensor, rows being whole numbers of blocks.
  static long bytes(MappedFile file, String name, DType type, Shape shape) {
    try {
      return TensorEntry.bytes(type, shape);
    } catch (IllegalArgumentException e) {
      throw file.fault(
          name,
          "expected rows of a multiple of %d numbers, found %s".formatted(type.blockSize(), shape));
    } catch (ArithmeticException e) {
      throw file.fault(
          name, "expected a size below 2^63 bytes, found %s %s".formatted(type, shape));
    }
  }

  /// The tensors by place in the file; refuses any two that share a byte.
  static List<TensorEntry> inOrder(MappedFile file, Collection<TensorEntry> tensors) {
    List<TensorEntry> sorted =
        tensors.stream()
            .sorted(
                Comparator.comparingLong((TensorEntry tensor) -> start(file, tensor))
                    .thenComparingLong(tensor -> tensor.segment().byteSize()))
            .toList();
    long end = 0;
    for (TensorEntry tensor : sorted) {
      if (start(file, tensor) < end) {
        throw file.fault(
            tensor.name(),
            "expected a tensor from offset %d on, found one at %d, overlapping the one before"
                .formatted(end, start(file, tensor)));
      }
      end = start(file, tensor) + tensor.segment().byteSize();
    }
    return sorted;
  }

  /// Offset of a tensor in its file.
  static long start(MappedFile file, TensorEntry tensor) {
    MemorySegment segment = tensor.segment();
    return segment.address() - file.bytes().address();
  }
}
