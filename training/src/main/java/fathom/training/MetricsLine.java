package fathom.training;

import fathom.model.TrainingLosses;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One line of `metrics.jsonl`.
final class MetricsLine {
  private final ObjectNode line = node();

  MetricsLine(int step, long tokens) {
    line.put("step", step).put("tokens", tokens);
  }

  static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }

  MetricsLine losses(TrainingLosses losses) {
    line.put("loss", losses.crossEntropy());
    line.put("mtp_loss", losses.draftCrossEntropy());
    line.put("balance_loss", losses.balance());
    line.put("total_loss", losses.total());
    return this;
  }

  ObjectNode line() {
    return line;
  }

  /// Adds each layer's loads, as shares of the mean load, and biases.
  static void experts(ObjectNode line, ExpertBalance balance) {
    ObjectNode loads = line.putObject("expert_load");
    balance
        .loads()
        .forEach(
            (layer, load) -> {
              ArrayNode shares = loads.putArray(String.valueOf(layer));
              long total = 0;
              for (long one : load) {
                total += one;
              }
              for (long one : load) {
                shares.add(total == 0 ? 0 : (float) one * load.length / total);
              }
            });
    ObjectNode biases = line.putObject("expert_bias");
    balance
        .values()
        .forEach(
            (layer, values) -> {
              ArrayNode array = biases.putArray(String.valueOf(layer));
              for (float value : values) {
                array.add(value);
              }
            });
  }
}
