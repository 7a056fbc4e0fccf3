package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;

/// A tensor that is going to be written: what must be known before its data.
///
/// @param shape row-major, outermost dimension first
public record TensorSpec(String name, DType type, Shape shape) {
  public TensorSpec {
    if (name.isEmpty() || name.equals("__metadata__")) {
      throw new IllegalArgumentException("tensor: expected a name, found '" + name + "'");
    }
    long unused = TensorEntry.bytes(type, shape);
    assert unused >= 0;
  }

  /// Bytes of its data.
  public long bytes() {
    return TensorEntry.bytes(type, shape);
  }
}
