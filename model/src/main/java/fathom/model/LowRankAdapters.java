package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// Low-rank adapters beside some of a model's linear maps (LoRA, arXiv 2106.09685): they alone are
/// trained, the model itself stays as it is, until [#merge()] adds them to it.
///
/// The maps of attention, of dense layers and of shared experts can have one, by name, for example
/// `model.layers.3.self_attn.o_proj`; MLA's `kv_b_proj` and the routed experts can't.
public final class LowRankAdapters {
  private final DecoderStack stack;
  private final Map<Linear, LowRankAdapter> adapters = new LinkedHashMap<>();

  /// Puts adapters beside all maps whose name `wanted` accepts, with zeroed memory and gradients,
  /// and stops the training of everything else. Their parameters, `….lora_A.weight` and
  /// `….lora_B.weight`, join the stack's; `lora_A` is to be filled by a [ModelInitializer].
  ///
  /// @param alpha the adapter's output is multiplied by `alpha / rank`
  /// @throws IllegalArgumentException if no map is wanted, or the rank is not positive
  public LowRankAdapters(
      DecoderStack stack, Predicate<String> wanted, int rank, float alpha, Arena arena) {
    if (rank <= 0) {
      throw new IllegalArgumentException("adapters: expected a positive rank, found " + rank);
    }
    this.stack = stack;
    ParameterSet parameters = stack.parameters();
    Map<String, Linear> linears = new LinkedHashMap<>(parameters.linears());
    linears.keySet().removeIf(name -> !wanted.test(name));
    if (linears.isEmpty()) {
      throw new IllegalArgumentException("adapters: expected a linear map to adapt, found none");
    }
    parameters.all().forEach(parameter -> parameter.setGradient(null));
    linears.forEach(
        (name, linear) -> {
          LowRankAdapter adapter =
              new LowRankAdapter(parameters, name, linear.weight(), rank, alpha / rank);
          adapter.allocate(arena);
          linear.setAdapter(adapter);
          adapters.put(linear, adapter);
        });
  }

  /// Number of adapted maps.
  public int size() {
    return adapters.size();
  }

  /// Whether an adapter stands beside this matrix.
  public boolean adapts(Parameter matrix) {
    return adapters.keySet().stream().anyMatch(linear -> linear.weight().equals(matrix));
  }

  /// Adds to `target` what the adapter beside a matrix does, which leaves both as they are; nothing
  /// if there is none.
  ///
  /// @param target of the matrix's shape
  public void addTo(Parameter matrix, Matrix target) {
    adapters.forEach(
        (linear, adapter) -> {
          if (linear.weight().equals(matrix)) {
            adapter.addTo(target);
          }
        });
  }

  /// Adds what the adapters do to the matrices beside them, which must be float32, and takes the
  /// adapters away.
  ///
  /// @throws IllegalStateException if a matrix is not float32; nothing is changed then
  public void merge() {
    for (Linear linear : adapters.keySet()) {
      if (linear.weight().weight().type() != DType.F32) {
        throw new IllegalStateException(
            "adapters: expected a float32 matrix to merge into, found " + linear.weight().weight());
      }
    }
    adapters.forEach(
        (linear, adapter) -> {
          adapter.addTo(linear.weight().values());
          linear.setAdapter(null);
          stack.parameters().remove(adapter.a());
          stack.parameters().remove(adapter.b());
        });
    adapters.clear();
  }
}
