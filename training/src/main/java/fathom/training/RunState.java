package fathom.training;

import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Where a run stands. Order of the data and all random numbers follow from the seed and these
/// counters alone, so they are all that a run needs to know, beside its tensors, to go on.
///
/// @param step optimiser steps done
/// @param samples sequences seen
/// @param tokens tokens seen
/// @param updates times that the weights were moved
/// @param bestValidation the lowest validation loss so far; infinite before the first
/// @param bestStep steps done when it was measured
/// @param metricsBytes length of `metrics.jsonl`
/// @param samplesBytes length of `samples.jsonl`
record RunState(
    int step,
    long samples,
    long tokens,
    long updates,
    double bestValidation,
    int bestStep,
    long metricsBytes,
    long samplesBytes) {
  private static final JsonMapper JSON = new JsonMapper();

  static RunState start() {
    return new RunState(0, 0, 0, 0, Double.POSITIVE_INFINITY, 0, 0, 0);
  }

  RunState advanced(int sequences, long newTokens) {
    return new RunState(
        step + 1,
        samples + sequences,
        tokens + newTokens,
        updates,
        bestValidation,
        bestStep,
        metricsBytes,
        samplesBytes);
  }

  RunState updated() {
    return new RunState(
        step, samples, tokens, updates + 1, bestValidation, bestStep, metricsBytes, samplesBytes);
  }

  RunState validated(double loss) {
    return loss < bestValidation
        ? new RunState(step, samples, tokens, updates, loss, step, metricsBytes, samplesBytes)
        : this;
  }

  RunState logged(long newMetricsBytes, long newSamplesBytes) {
    return new RunState(
        step, samples, tokens, updates, bestValidation, bestStep, newMetricsBytes, newSamplesBytes);
  }

  byte[] toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("step", step).put("samples", samples).put("tokens", tokens);
    node.put("updates", updates);
    node.put("best_step", bestStep);
    if (Double.isFinite(bestValidation)) {
      node.put("best_validation", bestValidation);
    }
    node.put("metrics_bytes", metricsBytes).put("samples_bytes", samplesBytes);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
  }

  /// What [#toJson()] has written.
  ///
  /// @param file named in messages
  /// @throws RecipeException if a counter is missing
  static RunState of(ObjectNode node, Path file) {
    for (String key : List.of("step", "samples", "tokens", "metrics_bytes", "samples_bytes")) {
      if (!node.path(key).isIntegralNumber()) {
        throw new RecipeException(file.toString(), "expected a number as " + key, "none");
      }
    }
    return new RunState(
        node.path("step").asInt(),
        node.path("samples").asLong(),
        node.path("tokens").asLong(),
        node.path("updates").asLong(node.path("step").asInt()),
        node.path("best_validation").asDouble(Double.POSITIVE_INFINITY),
        node.path("best_step").asInt(),
        node.path("metrics_bytes").asLong(),
        node.path("samples_bytes").asLong());
  }
}
