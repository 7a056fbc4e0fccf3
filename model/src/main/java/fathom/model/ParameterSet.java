package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// All parameters of a model by their Hugging Face names, in the order in which the model declares
/// them: embedding, layers, final norm, head, multi-token prediction.
public final class ParameterSet {
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Linear> linears = new LinkedHashMap<>();
  private Consumer<Parameter> declared;

  /// An empty set, to declare a model in; its parameters are bound later.
  public ParameterSet() {
    this(parameter -> {});
  }

  /// An empty set that shows each parameter to `declared` as soon as a layer declares it. A
  /// configuration may claim any number of layers and experts; whoever binds at once also stops at
  /// the first one that is not there.
  ParameterSet(Consumer<Parameter> declared) {
    this.declared = declared;
  }

  /// Declares a matrix; declaring the same name again gives the same parameter (tied weights).
  Parameter matrix(String name, Parameter.Role role, int rows, int columns) {
    return declare(Parameter.matrix(name, role, rows, columns));
  }

  /// Declares a vector.
  Parameter vector(String name, Parameter.Role role, int size) {
    return declare(Parameter.vector(name, role, size));
  }

  private Parameter declare(Parameter parameter) {
    Parameter before = parameters.putIfAbsent(parameter.name(), parameter);
    if (before != null) {
      return before;
    }
    declared.accept(parameter);
    return parameter;
  }

  /// The model is declared: what joins it later is not shown.
  void settle() {
    declared = parameter -> {};
  }

  /// Remembers a linear map, which may get an adapter.
  void register(String name, Linear linear) {
    linears.put(name, linear);
  }

  /// The linear maps by name, without the experts' and the head.
  Map<String, Linear> linears() {
    return linears;
  }

  /// Forgets a parameter.
  void remove(Parameter parameter) {
    parameters.remove(parameter.name());
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
      parameter.allocate(arena, type);
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
