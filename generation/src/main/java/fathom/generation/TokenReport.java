package fathom.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The log-probabilities of one token's distribution. Used again for every token.
final class TokenReport {
  private final float[] topLogits = new float[SamplingParameters.MAX_TOP_LOGPROBS];
  private final int[] topIds = new int[SamplingParameters.MAX_TOP_LOGPROBS];
  private int top;
  private float scale = 1;
  private double logNormalizer;
  private float logProbability = Float.NaN;

  /// Nothing was asked for.
  void clear() {
    top = 0;
    logProbability = Float.NaN;
  }

  /// Measures a distribution: `softmax(logits)`, or with the temperature that tokens are chosen at.
  ///
  /// @param weights scratch memory
  void measure(float[] logits, float[] weights, SamplingParameters parameters) {
    SamplingParameters.LogProbabilities wanted = parameters.logProbabilities();
    double temperature = parameters.choice().temperature();
    scale = wanted.tempered() && temperature > 0 ? (float) (1 / temperature) : 1;
    float max = Sampler.max(logits);
    double sum = Exponential.exp(logits, max, scale, weights);
    logNormalizer = (double) max * scale + Math.log(sum);
    selectTop(logits, wanted.top());
  }

  private void selectTop(float[] logits, int count) {
    top = Math.min(count, logits.length);
    if (top == 0) {
      return;
    }
    Arrays.fill(topLogits, 0, top, Float.NEGATIVE_INFINITY);
    Arrays.fill(topIds, 0, top, 0);
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] > topLogits[top - 1]) {
        insert(id, logits[id]);
      }
    }
  }

  private void insert(int id, float logit) {
    int place = top - 1;
    while (place > 0 && topLogits[place - 1] < logit) {
      topLogits[place] = topLogits[place - 1];
      topIds[place] = topIds[place - 1];
      place--;
    }
    topLogits[place] = logit;
    topIds[place] = id;
  }

  /// Notes the chosen token, given its logit before any change.
  void choose(float logit) {
    logProbability = logProbability(logit);
  }

  private float logProbability(float logit) {
    return (float) (logit * (double) scale - logNormalizer);
  }

  float logProbability() {
    return logProbability;
  }

  int topCount() {
    return top;
  }

  int topId(int n) {
    return topIds[n];
  }

  float topLogProbability(int n) {
    return logProbability(topLogits[n]);
  }

  /// A copy to keep.
  TokenLogProbabilities toRecord(int id) {
    List<TokenLogProbabilities.Candidate> candidates = new ArrayList<>(top);
    for (int n = 0; n < top; n++) {
      candidates.add(new TokenLogProbabilities.Candidate(topIds[n], topLogProbability(n)));
    }
    return new TokenLogProbabilities(id, logProbability, candidates);
  }
}
