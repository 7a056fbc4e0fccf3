package fathom.generation;

import static fathom.generation.InvalidRequestException.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// How the next token is chosen and when to end, named after the API's fields and checked on
/// construction. Build with [#builder()]; [#greedy(int)] is the short form for tests and tools.
///
/// @param choice temperature and the cuts of the distribution
/// @param penalties on tokens that occurred already
/// @param logitBias added to the logits of single tokens before anything else (`logit_bias`)
/// @param ending when to stop
/// @param logProbabilities what to report of the distribution
/// @param thinkingBudget tokens between `<think>` and `</think>` after which `</think>` is forced
public record SamplingParameters(
    Choice choice,
    Penalties penalties,
    Map<Integer, Float> logitBias,
    Ending ending,
    LogProbabilities logProbabilities,
    OptionalInt thinkingBudget) {

  /// Largest number of stop strings.
  public static final int MAX_STOPS = 16;

  /// Largest length of one stop string in characters.
  public static final int MAX_STOP_LENGTH = 1024;

  /// Largest number of alternatives that can be reported with each token.
  public static final int MAX_TOP_LOGPROBS = 20;

  private static final int MAX_BIASES = 4096;

  /// Copies the map and checks it.
  public SamplingParameters {
    logitBias = Map.copyOf(logitBias);
    require(
        logitBias.size() <= MAX_BIASES,
        "logit_bias",
        "expected at most %d entries, found %d",
        MAX_BIASES,
        logitBias.size());
    logitBias.forEach(
        (id, bias) ->
            require(
                id >= 0 && bias >= -100 && bias <= 100,
                "logit_bias",
                "expected ids from 0 and values from -100 to 100, found %d: %s",
                id,
                bias));
    require(
        thinkingBudget.isEmpty() || thinkingBudget.getAsInt() >= 0,
        "thinking.budget_tokens",
        "expected at least 0, found %s",
        thinkingBudget);
  }

  /// Temperature and the cuts of the distribution. The cuts are made in the order top-k, top-p,
  /// min-p on the distribution after the temperature.
  ///
  /// @param temperature 0 is greedy
  /// @param topK tokens kept; 0 keeps all
  /// @param topP the smallest set of likeliest tokens with at least this mass is kept
  /// @param minP tokens below this fraction of the likeliest one's probability are dropped
  /// @param seed same seed, same request, same answer; without it the engine draws one
  public record Choice(double temperature, int topK, double topP, double minP, OptionalLong seed) {
    /// Checks the ranges.
    public Choice {
      require(
          temperature >= 0 && temperature <= 2,
          "temperature",
          "expected 0 to 2, found %s",
          temperature);
      require(topK >= 0, "top_k", "expected 0 (all) or more, found %d", topK);
      require(topP > 0 && topP <= 1, "top_p", "expected above 0 and up to 1, found %s", topP);
      require(minP >= 0 && minP <= 1, "min_p", "expected 0 to 1, found %s", minP);
    }

    /// Whether always the likeliest token is taken.
    public boolean greedy() {
      return temperature == 0 || topK == 1;
    }
  }

  /// Penalties on tokens that occurred already.
  ///
  /// @param frequency subtracted from a logit for each occurrence in the answer
  ///   (`frequency_penalty`)
  /// @param presence subtracted once if the token occurs in the answer (`presence_penalty`)
  /// @param repetition divides positive and multiplies negative logits of tokens that occur in
  ///   prompt or answer (`repetition_penalty`); 1 is off
  public record Penalties(double frequency, double presence, double repetition) {
    /// No penalties.
    public static final Penalties NONE = new Penalties(0, 0, 1);

    /// Checks the ranges.
    public Penalties {
      require(
          frequency >= -2 && frequency <= 2,
          "frequency_penalty",
          "expected -2 to 2, found %s",
          frequency);
      require(
          presence >= -2 && presence <= 2,
          "presence_penalty",
          "expected -2 to 2, found %s",
          presence);
      require(
          repetition > 0 && repetition <= 10,
          "repetition_penalty",
          "expected above 0 and up to 10, found %s",
          repetition);
    }
  }

  /// When to stop. The end tokens of the tokenizer always stop, unless `ignoreEndTokens`.
  ///
  /// @param maxTokens longest answer in tokens, thinking included (`max_tokens`)
  /// @param minTokens before this many tokens no end or stop token is chosen (`min_tokens`)
  /// @param stopStrings texts that end the answer and are not part of it (`stop`)
  /// @param stopTokens ids that end the answer beside the end tokens (`stop_token_ids`)
  /// @param ignoreEndTokens end tokens are tokens as any other (`ignore_eos`)
  public record Ending(
      int maxTokens,
      int minTokens,
      List<String> stopStrings,
      Set<Integer> stopTokens,
      boolean ignoreEndTokens) {
    /// Copies the collections and checks the ranges.
    public Ending {
      stopStrings = List.copyOf(stopStrings);
      stopTokens = Set.copyOf(stopTokens);
      require(maxTokens >= 0, "max_tokens", "expected at least 0, found %d", maxTokens);
      require(
          minTokens >= 0 && minTokens <= maxTokens,
          "min_tokens",
          "expected 0 to max_tokens (%d), found %d",
          maxTokens,
          minTokens);
      require(
          stopStrings.size() <= MAX_STOPS,
          "stop",
          "expected at most %d strings, found %d",
          MAX_STOPS,
          stopStrings.size());
      for (String stop : stopStrings) {
        require(
            !stop.isEmpty() && stop.length() <= MAX_STOP_LENGTH,
            "stop",
            "expected strings of 1 to %d characters, found one of %d",
            MAX_STOP_LENGTH,
            stop.length());
      }
    }
  }

  /// What to report of each token's distribution.
  ///
  /// @param enabled whether the chosen token's log-probability is reported (`logprobs`)
  /// @param top how many of the likeliest tokens are reported beside it (`top_logprobs`)
  /// @param tempered whether logits are divided by the temperature first; otherwise the model's own
  ///   distribution is reported
  public record LogProbabilities(boolean enabled, int top, boolean tempered) {
    /// Nothing is reported.
    public static final LogProbabilities OFF = new LogProbabilities(false, 0, false);

    /// Checks the ranges.
    public LogProbabilities {
      require(
          top >= 0 && top <= MAX_TOP_LOGPROBS,
          "top_logprobs",
          "expected 0 to %d, found %d",
          MAX_TOP_LOGPROBS,
          top);
      require(enabled || top == 0, "top_logprobs", "expected logprobs to be true");
    }
  }

  /// The likeliest token each time, up to `maxTokens`.
  public static SamplingParameters greedy(int maxTokens) {
    return builder().temperature(0).maxTokens(maxTokens).build();
  }

  /// A builder with the API's defaults: temperature 1, top-p 1, at most 4096 tokens.
  public static Builder builder() {
    return new Builder();
  }

  /// Collects parameters; [#build()] checks them.
  public static final class Builder {
    private double temperature = 1;
    private int topK;
    private double topP = 1;
    private double minP;
    private OptionalLong seed = OptionalLong.empty();
    private Penalties penalties = Penalties.NONE;
    private final Map<Integer, Float> logitBias = new LinkedHashMap<>();
    private int maxTokens = 4096;
    private int minTokens;
    private final List<String> stopStrings = new ArrayList<>();
    private final Set<Integer> stopTokens = new TreeSet<>();
    private boolean ignoreEndTokens;
    private LogProbabilities logProbabilities = LogProbabilities.OFF;
    private OptionalInt thinkingBudget = OptionalInt.empty();

    private Builder() {}

    /// Divides the logits; 0 is greedy.
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /// Keeps the `value` likeliest tokens; 0 keeps all.
    public Builder topK(int value) {
      topK = value;
      return this;
    }

    /// Keeps the likeliest tokens with this mass.
    public Builder topP(double value) {
      topP = value;
      return this;
    }

    /// Drops tokens below this fraction of the likeliest one's probability.
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /// Makes sampling repeatable.
    public Builder seed(long value) {
      seed = OptionalLong.of(value);
      return this;
    }

    /// Penalties on tokens that occurred already.
    public Builder penalties(Penalties value) {
      penalties = value;
      return this;
    }

    /// Adds to the logit of one token.
    public Builder logitBias(int id, float bias) {
      logitBias.put(id, bias);
      return this;
    }

    /// Longest answer in tokens.
    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    /// Shortest answer in tokens.
    public Builder minTokens(int value) {
      minTokens = value;
      return this;
    }

    /// A text that ends the answer.
    public Builder stop(String text) {
      stopStrings.add(text);
      return this;
    }

    /// A token that ends the answer.
    public Builder stopToken(int id) {
      stopTokens.add(id);
      return this;
    }

    /// End tokens do not end the answer.
    public Builder ignoreEndTokens() {
      ignoreEndTokens = true;
      return this;
    }

    /// Reports the model's own log-probabilities of the chosen and of the `top` likeliest tokens.
    public Builder logProbabilities(int top) {
      logProbabilities = new LogProbabilities(true, top, false);
      return this;
    }

    /// What to report of each token's distribution.
    public Builder logProbabilities(LogProbabilities value) {
      logProbabilities = value;
      return this;
    }

    /// Most tokens between `<think>` and `</think>`.
    public Builder thinkingBudget(int tokens) {
      thinkingBudget = OptionalInt.of(tokens);
      return this;
    }

    /// The checked parameters.
    ///
    /// @throws InvalidRequestException with the API's name of the field that is out of range
    public SamplingParameters build() {
      return new SamplingParameters(
          new Choice(temperature, topK, topP, minP, seed),
          penalties,
          logitBias,
          new Ending(maxTokens, minTokens, stopStrings, stopTokens, ignoreEndTokens),
          logProbabilities,
          thinkingBudget);
    }
  }
}
