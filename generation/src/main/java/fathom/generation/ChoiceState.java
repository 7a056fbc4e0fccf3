package fathom.generation;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the choice of one answer's tokens depends on beside the logits: parameters, seed, the
/// tokens so far, and what they leave possible.
final class ChoiceState {
  private final SamplingParameters parameters;
  private final long seed;
  private final int[] endTokens;
  private final float[] endLogits;
  private final int[] biasIds;
  private final float[] biases;
  private final @Nullable TokenCounts counts;
  private final Thinking thinking;
  private final @Nullable TokenMask mask;
  private final boolean maskAfterThinking;
  private final int most;

  /// @param endTokens tokens that end the answer
  /// @param mask what the grammar excludes; null for anything
  /// @param room tokens that the context has for the answer
  ChoiceState(
      GenerationRequest request,
      long seed,
      int[] endTokens,
      Thinking thinking,
      @Nullable TokenMask mask,
      int room) {
    this.parameters = request.sampling();
    this.seed = seed;
    this.endTokens = endTokens;
    this.endLogits = new float[endTokens.length];
    this.thinking = thinking;
    this.mask = mask;
    this.most = Math.min(room, parameters.ending().maxTokens());
    // Without a grammar for the answer the mask is one for calls of tools, and thoughts call none.
    this.maskAfterThinking = request.grammarAfterThinking() || request.grammar().isEmpty();
    Map<Integer, Float> bias = parameters.logitBias();
    biasIds = bias.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    biases = new float[biasIds.length];
    for (int i = 0; i < biases.length; i++) {
      biases[i] = bias.getOrDefault(biasIds[i], 0f);
    }
    counts =
        parameters.penalties().equals(SamplingParameters.Penalties.NONE) ? null : count(request);
  }

  private static TokenCounts count(GenerationRequest request) {
    TokenCounts counts = new TokenCounts();
    for (int id : request.prompt()) {
      counts.addPrompt(id);
    }
    return counts;
  }

  SamplingParameters parameters() {
    return parameters;
  }

  long seed() {
    return seed;
  }

  Thinking thinking() {
    return thinking;
  }

  /// The only token possible; -1 if the logits decide.
  int forced() {
    return thinking.forced();
  }

  /// Whether a grammar takes part, so that a guess further ahead than one token would need its
  /// state.
  boolean masked() {
    return mask != null;
  }

  boolean ends(int id) {
    return Arrays.binarySearch(endTokens, id) >= 0;
  }

  /// Whether the grammar allows nothing after the tokens so far.
  boolean exhausted() {
    return mask != null && maskActive() && mask.exhausted();
  }

  private boolean maskActive() {
    return !maskAfterThinking || !thinking.inside();
  }

  /// Applies bias, penalties and exclusions to the logits of the token at `index` of the answer.
  void change(float[] logits, int index) {
    if (counts != null) {
      counts.penalise(logits, parameters.penalties());
    }
    for (int i = 0; i < biasIds.length; i++) {
      logits[biasIds[i]] += biases[i];
    }
    boolean early = index < parameters.ending().minTokens();
    if (mask == null) {
      if (early) {
        exclude(logits, endTokens);
      }
      return;
    }
    maskTokens(mask, logits, early, most - index);
  }

  private void maskTokens(TokenMask grammar, float[] logits, boolean early, int tokensLeft) {
    if (!maskActive()) {
      if (early || grammar.obliges()) {
        exclude(logits, endTokens);
      }
      return;
    }
    boolean mayEnd = grammar.complete() && !early;
    for (int i = 0; i < endTokens.length; i++) {
      endLogits[i] = mayEnd ? logits[endTokens[i]] : Float.NEGATIVE_INFINITY;
    }
    grammar.apply(logits, tokensLeft);
    for (int i = 0; i < endTokens.length; i++) {
      logits[endTokens[i]] = endLogits[i];
    }
  }

  private static void exclude(float[] logits, int[] ids) {
    for (int id : ids) {
      logits[id] = Float.NEGATIVE_INFINITY;
    }
  }

  /// Goes on by a chosen token.
  void accept(int id) {
    boolean active = maskActive();
    if (counts != null) {
      counts.addAnswer(id);
    }
    thinking.accept(id);
    if (mask != null && active && !ends(id)) {
      mask.accept(id);
    }
  }
}
