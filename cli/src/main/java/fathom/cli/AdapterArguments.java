package fathom.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// Which weights learn when a model is tuned.
final class AdapterArguments {
  @Option(
      names = "--lora-rank",
      paramLabel = "N",
      description = "Low-rank adapters of this rank learn instead of the weights (default: 0).")
  @Nullable Integer rank;

  @Option(
      names = "--lora-alpha",
      paramLabel = "X",
      description = "What adapters give is multiplied by this over the rank (default: 16).")
  @Nullable Float alpha;

  void addTo(ObjectNode recipe) {
    if (rank != null) {
      recipe.withObject("/tuning").put("lora_rank", rank);
    }
    if (alpha != null) {
      recipe.withObject("/tuning").put("lora_alpha", alpha);
    }
  }
}
