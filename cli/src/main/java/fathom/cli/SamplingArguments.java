package fathom.cli;

import fathom.generation.SamplingParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// Options of every command that samples.
final class SamplingArguments {
  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "Longest answer in tokens (default: what the context leaves).")
  int maxTokens = -1;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 takes the likeliest token each time (default: ${DEFAULT-VALUE}; 0 for the embedded model).",
      defaultValue = "0.6")
  double temperature = 0.6;

  @Option(names = "--top-k", paramLabel = "K", description = "Keeps the K likeliest tokens; 0 all.")
  int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Keeps the likeliest tokens with this mass (default: ${DEFAULT-VALUE}).",
      defaultValue = "0.95")
  double topP = 0.95;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Drops tokens below this fraction of the likeliest one's probability.")
  double minP;

  @Option(names = "--seed", paramLabel = "N", description = "Makes sampling repeatable.")
  @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "A text that ends the answer; may be given several times.")
  List<String> stop = List.of();

  @Option(
      names = "--thinking-budget",
      paramLabel = "N",
      description = "Most tokens of thinking; then the answer begins.")
  int thinkingBudget = -1;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description = "Divides the logits of tokens that occurred already (default: 1, off).")
  double repetitionPenalty = 1;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Subtracted from a logit for each occurrence in the answer.")
  double frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Subtracted once from the logits of tokens in the answer.")
  double presencePenalty;

  /// The model that ships inside works things out: unless a temperature was asked for, it takes the
  /// likeliest token each time.
  void suit(ModelArguments model, CommandSpec given) {
    boolean asked = given.commandLine().getParseResult().hasMatchedOption("--temperature");
    if (model.isEmbedded() && !asked) {
      temperature = 0;
    }
  }

  /// The parameters for an answer for which the context leaves `room` tokens.
  SamplingParameters.Builder parameters(int room) {
    SamplingParameters.Builder builder =
        SamplingParameters.builder()
            .temperature(temperature)
            .topK(topK)
            .topP(topP)
            .minP(minP)
            .penalties(
                new SamplingParameters.Penalties(
                    frequencyPenalty, presencePenalty, repetitionPenalty))
            .maxTokens(maxTokens < 0 ? Math.max(room, 0) : maxTokens);
    if (seed != null) {
      builder.seed(seed);
    }
    if (thinkingBudget >= 0) {
      builder.thinkingBudget(thinkingBudget);
    }
    stop.forEach(builder::stop);
    return builder;
  }
}
