package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.LargeMemory;
import fathom.tensor.Matrix;
import fathom.tensor.Shape;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One tensor that a model is made of: its Hugging Face name, its shape and role, and, once bound,
/// its numbers. In training it also has a gradient, to which backward adds.
///
/// A model is first declared, parameter by parameter, and then bound to memory: a mapped file, or
/// what an optimiser updates. Roll-outs read the very weights that are being trained.
public final class Parameter {
  /// What a parameter is for; initialisation, weight decay and quantisation go by it.
  public enum Role {
    /// Rows by token id.
    EMBEDDING,
    /// The weight of a linear map.
    MATRIX,
    /// The weight of one routed expert's linear map.
    EXPERT,
    /// From hidden states to the vocabulary.
    HEAD,
    /// The router's weight, kept in float32 when in use.
    ROUTER,
    /// The weight of a norm: starts at one.
    NORM,
    /// Starts at zero.
    BIAS,
    /// The second matrix of a low-rank adapter: starts at zero, so that the adapter changes
    /// nothing.
    ADAPTER_OUTPUT,
    /// Moved by the balancing rule, not by gradients; starts at zero.
    CORRECTION_BIAS
  }

  private final String name;
  private final Role role;
  private final Shape shape;
  private @Nullable WeightMatrix weight;
  private @Nullable Matrix vector;
  private @Nullable Matrix gradient;

  private Parameter(String name, Role role, Shape shape) {
    this.name = name;
    this.role = role;
    this.shape = shape;
  }

  static Parameter matrix(String name, Role role, int rows, int columns) {
    return new Parameter(name, role, Shape.of(rows, columns));
  }

  static Parameter vector(String name, Role role, int size) {
    return new Parameter(name, role, Shape.of(size));
  }

  /// The Hugging Face name, for example `model.layers.0.self_attn.o_proj.weight`.
  public String name() {
    return name;
  }

  /// What it is for.
  public Role role() {
    return role;
  }

  /// `[rows, columns]`, or `[size]` of a vector.
  public Shape shape() {
    return shape;
  }

  /// Whether it has one dimension. Vectors are always float32 when in use.
  public boolean isVector() {
    return shape.rank() == 1;
  }

  /// Rows; one for a vector.
  public int rows() {
    return isVector() ? 1 : Math.toIntExact(shape.dim(0));
  }

  /// Columns, or the size of a vector.
  public int columns() {
    return Math.toIntExact(shape.dim(shape.rank() - 1));
  }

  /// Whether it is bound to memory.
  public boolean isBound() {
    return weight != null;
  }

  /// Gives the parameter zeroed memory of its own: float32 if it is a vector or a router's weight.
  void allocate(Arena arena, DType type) {
    DType own = isVector() || role == Role.ROUTER ? DType.F32 : type;
    long bytes = Math.multiplyExact((long) rows(), own.bytes(columns()));
    MemorySegment numbers = LargeMemory.allocate(arena, Math.max(bytes, 64));
    bind(WeightMatrix.of(own, rows(), columns(), numbers));
  }

  /// Gives the parameter its numbers.
  ///
  /// @throws IllegalArgumentException if the shape differs
  public void bind(WeightMatrix newWeight) {
    requireSize(newWeight.rows(), newWeight.columns());
    weight = newWeight;
    vector =
        newWeight.type() == DType.F32
            ? Matrix.of(newWeight.segment(), newWeight.rows(), newWeight.columns())
            : null;
  }

  /// Has products read these numbers from now on: the parameter's own, rounded. Whoever trains it
  /// still moves [#values()], and rounds again.
  void read(WeightMatrix rounded) {
    requireSize(rounded.rows(), rounded.columns());
    weight = rounded;
  }

  /// The numbers that products read, in the format they are stored in.
  ///
  /// @throws IllegalStateException if it is not bound
  public WeightMatrix weight() {
    if (weight == null) {
      throw new IllegalStateException(name + ": expected a bound parameter, found none");
    }
    return weight;
  }

  /// The numbers of a float32 parameter as a matrix; a vector has one row.
  ///
  /// @throws IllegalStateException if it is not bound, or not float32
  public Matrix values() {
    if (vector == null) {
      throw new IllegalStateException(name + ": expected bound float32 numbers, found " + weight);
    }
    return vector;
  }

  /// Where backward adds what the loss has to say about this parameter, or null if it is not
  /// trained.
  public @Nullable Matrix gradient() {
    return gradient;
  }

  /// Makes the parameter trainable, or with null not.
  ///
  /// @throws IllegalArgumentException if the shape differs
  public void setGradient(@Nullable Matrix newGradient) {
    if (newGradient != null) {
      requireSize(newGradient.rows(), newGradient.columns());
    }
    gradient = newGradient;
  }

  private void requireSize(int foundRows, int foundColumns) {
    if (foundRows != rows() || foundColumns != columns()) {
      throw new IllegalArgumentException(
          "%s: expected %d x %d, found %d x %d"
              .formatted(name, rows(), columns(), foundRows, foundColumns));
    }
  }

  @Override
  public String toString() {
    return name + " " + shape;
  }
}
