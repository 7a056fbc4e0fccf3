package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// All parameters of a model by their Hugging Face names, in the order in which the model declares
/// them: embedding, layers, final norm, head, multi-token prediction.
public final class ParameterSet {
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();

  /// An empty set, to declare a model in.
  public ParameterSet() {}

  /// Declares a matrix; declaring the same name again gives the same parameter (tied weights).
  Parameter matrix(String name, Parameter.Role role, int rows, int columns) {
    return parameters.computeIfAbsent(name, key -> Parameter.matrix(key, role, rows, columns));
  }

  /// Declares a vector.
  Parameter vector(String name, Parameter.Role role, int size) {
    return parameters.computeIfAbsent(name, key -> Parameter.vector(key, role, size));
  }

  /// All parameters, in order.
  public Collection<Parameter> all() {
    return Collections.unmodifiableCollection(parameters.values());
  }

  /// The parameter of this name.
  public Optional<Parameter> find(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  /// Numbers in all parameters.
  public long count() {
    return parameters.values().stream().mapToLong(p -> p.shape().elements()).sum();
  }

  /// Binds every parameter to fresh zeroed memory: matrices of `type`, vectors and router weights
  /// in float32.
  ///
  /// @param type F32, F16 or BF16
  public void allocate(Arena arena, DType type) {
    for (Parameter parameter : parameters.values()) {
      boolean exact = parameter.isVector() || parameter.role() == Parameter.Role.ROUTER;
      DType own = exact ? DType.F32 : type;
      long bytes = Math.multiplyExact((long) parameter.rows(), own.bytes(parameter.columns()));
      parameter.bind(
          WeightMatrix.of(
              own, parameter.rows(), parameter.columns(), arena.allocate(Math.max(bytes, 64), 64)));
    }
  }

  /// Makes every parameter trainable but the correction biases: zeroed gradients.
  public void allocateGradients(Arena arena) {
    for (Parameter parameter : parameters.values()) {
      if (parameter.role() != Parameter.Role.CORRECTION_BIAS) {
        parameter.setGradient(Matrix.allocate(arena, parameter.rows(), parameter.columns()));
      }
    }
  }

  /// Sets all gradients to zero.
  public void zeroGradients() {
    for (Parameter parameter : parameters.values()) {
      Matrix gradient = parameter.gradient();
      if (gradient != null) {
        gradient.fill(0);
      }
    }
  }
}
