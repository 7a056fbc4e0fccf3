package fathom.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The dimensions of a tensor, outermost first (row-major), as safetensors and PyTorch write them.
public record Shape(List<Long> dims) {
  public Shape {
    dims = List.copyOf(dims);
    long elements = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("shape %s: negative dimension %d".formatted(dims, dim));
      }
      elements = Math.multiplyExact(elements, dim);
    }
  }

  /// A shape of these dimensions, outermost first.
  ///
  /// @throws IllegalArgumentException if one is negative
  /// @throws ArithmeticException if the number of elements exceeds a long
  public static Shape of(long... dims) {
    return new Shape(Arrays.stream(dims).boxed().toList());
  }

  /// Number of dimensions; 0 for a scalar.
  public int rank() {
    return dims.size();
  }

  /// Dimension `axis`, counted from the outermost.
  public long dim(int axis) {
    return dims.get(axis);
  }

  /// Product of all dimensions; 1 for a scalar.
  public long elements() {
    long elements = 1;
    for (long dim : dims) {
      elements *= dim;
    }
    return elements;
  }

  // Written out: a record's own methods are linked when first called, and every start would wait.

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && dims.equals(shape.dims);
  }

  @Override
  public int hashCode() {
    return dims.hashCode();
  }

  @Override
  public String toString() {
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }
}
