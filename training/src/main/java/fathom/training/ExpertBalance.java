package fathom.training;

import fathom.model.DecoderStack;
import fathom.model.Parameter;
import fathom.model.RouterStatistics;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Balancing without an auxiliary loss (Wang et al., 2024; DeepSeek-V3 report, section 2.1.2):
/// after each step, the bias of an expert that got more than its share of tokens goes down, that of
/// an expert that got less goes up, by γ or, near the balance, by a part of it ([BiasRule]).
final class ExpertBalance {
  private final RouterStatistics statistics;
  private final Map<Integer, Optional<Parameter>> biases = new TreeMap<>();

  ExpertBalance(DecoderStack stack, RouterStatistics statistics) {
    this.statistics = statistics;
    for (int layer = 0; layer < statistics.layers(); layer++) {
      String router = "model.layers.%d.mlp.gate.".formatted(layer);
      if (stack.parameters().find(router + "weight").isPresent()) {
        biases.put(layer, stack.parameters().find(router + "e_score_correction_bias"));
      }
    }
  }

  /// Moves the biases by the loads since the statistics were reset.
  ///
  /// @param speed γ
  void update(float speed, BiasRule rule) {
    biases.forEach(
        (layer, bias) -> bias.ifPresent(b -> update(b, statistics.load(layer), speed, rule)));
  }

  private static void update(Parameter bias, long[] load, float speed, BiasRule rule) {
    double mean = (double) Arrays.stream(load).sum() / load.length;
    if (mean == 0) {
      return; // a module of multi-token prediction that is left out
    }
    for (int expert = 0; expert < load.length; expert++) {
      float move = (float) rule.move(load[expert] / mean);
      bias.values().set(0, expert, bias.values().get(0, expert) + speed * move);
    }
  }

  /// Tokens of each expert since the statistics were reset, by layer.
  Map<Integer, long[]> loads() {
    Map<Integer, long[]> loads = new TreeMap<>();
    biases.keySet().forEach(layer -> loads.put(layer, statistics.load(layer)));
    return loads;
  }

  /// The biases by layer; empty where a router has none.
  Map<Integer, float[]> values() {
    Map<Integer, float[]> values = new TreeMap<>();
    biases.forEach(
        (layer, bias) ->
            values.put(layer, bias.map(b -> b.values().toArray(0)).orElse(new float[0])));
    return values;
  }

  /// The busiest expert's load over the mean load, in the worst layer; 0 without experts.
  double busiest() {
    double busiest = 0;
    for (long[] load : loads().values()) {
      long total = 0;
      long most = 0;
      for (long one : load) {
        total += one;
        most = Math.max(most, one);
      }
      busiest = Math.max(busiest, total == 0 ? 0 : (double) most * load.length / total);
    }
    return busiest;
  }
}
