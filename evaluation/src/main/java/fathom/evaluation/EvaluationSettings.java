package fathom.evaluation;

/// How a suite is asked.
///
/// @param samples answers to each task
/// @param temperature 0 means greedy
/// @param topP the nucleus, in (0, 1]
/// @param maxTokens the most tokens of one answer
/// @param seed the first sample's seed; each task and sample has its own derived from it
/// @param inFlight the most requests at once
public record EvaluationSettings(
    int samples, double temperature, double topP, int maxTokens, long seed, int inFlight) {
  private static final int MOST_SAMPLES = 1_024;

  /// Checks the settings.
  ///
  /// @throws EvaluationException if one of them is out of its range
  public EvaluationSettings {
    if (samples < 1 || samples > MOST_SAMPLES) {
      throw new EvaluationException(
          "samples: expected 1 to %d, found %d".formatted(MOST_SAMPLES, samples));
    }
    if (inFlight < 1) {
      throw new EvaluationException("requests in flight: expected at least 1, found " + inFlight);
    }
    if (new Prompt("", temperature, topP, maxTokens, seed).temperature() == 0 && samples > 1) {
      throw new EvaluationException(
          "samples: expected 1 at temperature 0, found %d (greedy answers are all the same)"
              .formatted(samples));
    }
  }

  /// One greedy answer to each task.
  public static EvaluationSettings greedy(int maxTokens) {
    return new EvaluationSettings(1, 0, 1, maxTokens, 0, 32);
  }

  /// DeepSeek's protocol: temperature 0.6, top-p 0.95.
  public static EvaluationSettings sampled(int samples, int maxTokens, long seed) {
    return new EvaluationSettings(samples, 0.6, 0.95, maxTokens, seed, 32);
  }

  Prompt prompt(Task task, int sample) {
    long own = seed * 1_000_003 + 31L * task.id().hashCode() + sample;
    return new Prompt(task.question(), temperature, topP, maxTokens, own);
  }
}
