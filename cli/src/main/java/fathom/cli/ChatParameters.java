package fathom.cli;

import fathom.generation.InvalidRequestException;

/// Sampling parameters by name, as `/params` shows and sets them.
final class ChatParameters {
  private ChatParameters() {}

  /// Sets one parameter; on any fault nothing changes.
  static void set(SamplingArguments options, String name, String value) {
    double before = get(options, name);
    Long seedBefore = options.seed;
    try {
      put(options, name, Double.parseDouble(value));
      options.parameters(1).build(); // checks the range
    } catch (NumberFormatException e) {
      throw new UsageException("%s: expected a number, found %s".formatted(name, value));
    } catch (InvalidRequestException e) {
      put(options, name, before);
      options.seed = seedBefore;
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static double get(SamplingArguments options, String name) {
    return switch (name) {
      case "temperature" -> options.temperature;
      case "top-k" -> options.topK;
      case "top-p" -> options.topP;
      case "min-p" -> options.minP;
      case "max-tokens" -> options.maxTokens;
      case "seed" -> options.seed == null ? 0 : options.seed;
      case "repetition-penalty" -> options.repetitionPenalty;
      case "thinking-budget" -> options.thinkingBudget;
      default -> throw new UsageException("no parameter " + name + "; /params lists them");
    };
  }

  private static void put(SamplingArguments options, String name, double value) {
    switch (name) {
      case "temperature" -> options.temperature = value;
      case "top-k" -> options.topK = (int) value;
      case "top-p" -> options.topP = value;
      case "min-p" -> options.minP = value;
      case "max-tokens" -> options.maxTokens = (int) value;
      case "seed" -> options.seed = (long) value;
      case "repetition-penalty" -> options.repetitionPenalty = value;
      case "thinking-budget" -> options.thinkingBudget = (int) value;
      default -> throw new UsageException("no parameter " + name + "; /params lists them");
    }
  }

  static String describe(SamplingArguments options) {
    return "temperature %s, top-k %d, top-p %s, min-p %s, max-tokens %s, seed %s, repetition-penalty %s, thinking-budget %s"
        .formatted(
            options.temperature,
            options.topK,
            options.topP,
            options.minP,
            options.maxTokens < 0 ? "what the context leaves" : options.maxTokens,
            options.seed == null ? "random" : options.seed,
            options.repetitionPenalty,
            options.thinkingBudget < 0 ? "none" : options.thinkingBudget);
  }
}
