package fathom.server;

import fathom.generation.InvalidRequestException;
import fathom.generation.SamplingParameters;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Reads the sampling fields that DeepSeek's and OpenAI's requests share.
final class SamplingReader {
  private static final int MOST_TOKENS = 393_216;
  private static final int DEFAULT_TOKENS = 4096;
  private static final int DEFAULT_THINKING_TOKENS = 32_768;
  private static final int LOW_EFFORT_TOKENS = 1024;

  private SamplingReader() {}

  /// @param thinking whether the answer begins with reasoning, which deserves a longer default
  /// @param reasoner whether the official rules of `deepseek-reasoner` apply: temperature, top-p
  ///   and penalties are ignored
  static SamplingParameters.Builder read(Fields body, boolean thinking, boolean reasoner) {
    SamplingParameters.Builder builder = SamplingParameters.builder();
    double temperature = body.number("temperature", 1, 0, 2);
    double topP = body.number("top_p", 1, 0, 1);
    double frequency = body.number("frequency_penalty", 0, -2, 2);
    double presence = body.number("presence_penalty", 0, -2, 2);
    double repetition = body.number("repetition_penalty", 1, 0.01, 10);
    if (topP == 0) {
      throw ApiException.parameter(
          "top_p", "Invalid top_p value, the valid range is (0, 1], found 0");
    }
    if (reasoner) {
      // What the R1 model card recommends; the official service ignores what the request says.
      builder.temperature(0.6).topP(0.95);
    } else {
      builder
          .temperature(temperature)
          .topP(topP)
          .penalties(new SamplingParameters.Penalties(frequency, presence, repetition));
    }
    builder.topK(body.integer("top_k", 0, 0, 1_000_000)).minP(body.number("min_p", 0, 0, 1));
    if (body.has("seed")) {
      builder.seed(body.whole("seed", 0, Long.MIN_VALUE, Long.MAX_VALUE));
    }
    builder.maxTokens(maxTokens(body, thinking));
    stops(body, "stop").forEach(builder::stop);
    bias(body, builder);
    return builder;
  }

  private static int maxTokens(Fields body, boolean thinking) {
    String name = body.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    return body.integer(name, thinking ? DEFAULT_THINKING_TOKENS : DEFAULT_TOKENS, 1, MOST_TOKENS);
  }

  /// Stop texts: one or at most sixteen, none of them empty.
  static List<String> stops(Fields body, String name) {
    List<String> stops = body.texts(name, SamplingParameters.MAX_STOPS);
    for (String stop : stops) {
      if (stop.isEmpty() || stop.length() > SamplingParameters.MAX_STOP_LENGTH) {
        throw ApiException.parameter(
            name,
            "Invalid "
                + name
                + ": expected texts of 1 to "
                + SamplingParameters.MAX_STOP_LENGTH
                + " characters");
      }
    }
    return stops;
  }

  private static void bias(Fields body, SamplingParameters.Builder builder) {
    body.object("logit_bias")
        .ifPresent(
            biases -> {
              for (Map.Entry<String, JsonNode> entry : biases.node().properties()) {
                int id;
                try {
                  id = Integer.parseInt(entry.getKey());
                } catch (NumberFormatException e) {
                  throw ApiException.format(
                      "logit_bias", "Invalid Format: logit_bias: expected token ids as names");
                }
                builder.logitBias(id, (float) biases.number(entry.getKey(), 0, -100, 100));
              }
            });
  }

  /// Reasoning effort as the most tokens to think with, where the effort is low; other efforts
  /// think as long as they like.
  static void effort(String effort, SamplingParameters.Builder builder) {
    if (effort.equals("low")) {
      builder.thinkingBudget(LOW_EFFORT_TOKENS);
    }
  }

  /// The parameters, with what is left to object to as 422.
  static SamplingParameters build(SamplingParameters.Builder builder) {
    try {
      return builder.build();
    } catch (InvalidRequestException e) {
      throw ApiException.parameter(e.field(), "Invalid " + e.getMessage());
    }
  }
}
