package fathom.generation;

import fathom.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Chooses tokens from logits. Holds scratch memory for one vocabulary; what belongs to a sequence
/// is its [ChoiceState]. One thread at a time.
///
/// Sampling is an exponential race: token i arrives at time `E_i / p_i`, with E_i exponentially
/// distributed, and the first to arrive is chosen; it is token i with probability `p_i / sum p`.
/// Unlike the walk along the cumulative distribution, the winner mostly stays the same when the
/// distribution changes a little. A draft that runs the same race on nearly the same distribution
/// is therefore mostly right, which is what makes [SpeculativeDecoder] exact and cheap.
final class Sampler {
  private final float[] logits;
  private final float[] weights;
  private final long[] keys;
  private final TokenReport report = new TokenReport();

  Sampler(int vocabulary) {
    logits = new float[vocabulary];
    weights = new float[vocabulary];
    keys = new long[vocabulary];
  }

  /// What was reported of the last choice.
  TokenReport report() {
    return report;
  }

  /// The token of an answer at `index`, from one row of logits.
  ///
  /// @throws GenerationException if no token is possible: all logits are NaN or excluded
  int choose(Matrix rows, int row, ChoiceState state, int index) {
    load(rows, row);
    SamplingParameters parameters = state.parameters();
    boolean reported = parameters.logProbabilities().enabled();
    if (reported) {
      report.measure(logits, parameters);
    } else {
      report.clear();
    }
    int forced = state.forced();
    int id = forced >= 0 ? forced : pick(state, index);
    if (id < 0) {
      throw new GenerationException("no token is possible: all logits are NaN or excluded");
    }
    if (reported) {
      report.choose(rows.get(row, id));
    }
    return id;
  }

  /// As [#choose], for a guess: nothing is reported; -1 if no token is possible.
  int guess(Matrix rows, int row, ChoiceState state, int index) {
    load(rows, row);
    int forced = state.forced();
    return forced >= 0 ? forced : pick(state, index);
  }

  private void load(Matrix rows, int row) {
    assert rows.columns() == logits.length : rows.columns() + " != " + logits.length;
    MemorySegment.copy(
        rows.segment(),
        ValueLayout.JAVA_FLOAT,
        (long) row * rows.stride() * Float.BYTES,
        logits,
        0,
        logits.length);
  }

  private int pick(ChoiceState state, int index) {
    state.change(logits, index);
    SamplingParameters.Choice choice = state.parameters().choice();
    return choice.greedy() ? likeliest() : race(choice, Noise.stream(state.seed(), index));
  }

  private int likeliest() {
    int best = -1;
    float bestLogit = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] > bestLogit) {
        bestLogit = logits[id];
        best = id;
      }
    }
    return best;
  }

  private int race(SamplingParameters.Choice choice, long stream) {
    float max = max(logits);
    if (Float.isInfinite(max)) {
      return likeliest(); // of infinite logits the first; of none, none
    }
    float scale = (float) Math.min(1 / choice.temperature(), Float.MAX_VALUE);
    double mass = choice.topK() == 0 ? weigh(max, scale) : 0;
    if (choice.topK() == 0 && choice.topP() == 1 && choice.minP() == 0) {
      return winner(stream);
    }
    int kept = gather(max + (float) (lowest(choice) * choice.temperature()));
    if (choice.topK() > 0) {
      kept = TopSelection.largest(keys, kept, choice.topK());
      mass = weigh(kept, max, scale);
    }
    if (choice.topP() < 1) {
      kept = TopSelection.heaviest(keys, kept, weights, choice.topP() * mass);
    }
    return winner(stream, kept, (float) choice.minP());
  }

  /// Weights of all tokens, relative to the likeliest one's; returns their sum.
  private double weigh(float max, float scale) {
    double mass = 0;
    for (int id = 0; id < logits.length; id++) {
      float weight = Exponential.exp((logits[id] - max) * scale);
      weights[id] = weight;
      mass += weight;
    }
    return mass;
  }

  private double weigh(int kept, float max, float scale) {
    double mass = 0;
    for (int i = 0; i < kept; i++) {
      int id = TopSelection.id(keys[i]);
      weights[id] = Exponential.exp((logits[id] - max) * scale);
      mass += weights[id];
    }
    return mass;
  }

  /// Log-probability, relative to the likeliest token's, below which no token survives the cuts.
  /// For top-p: all tokens below `(1 - p) / vocabulary` together weigh less than `1 - p`.
  private double lowest(SamplingParameters.Choice choice) {
    if (choice.topP() < 1) {
      return choice.topK() > 0
          ? Double.NEGATIVE_INFINITY
          : Math.log((1 - choice.topP()) / logits.length) - 1e-3;
    }
    return choice.minP() > 0 ? Math.log(choice.minP()) - 1e-3 : Double.NEGATIVE_INFINITY;
  }

  private int gather(float lowest) {
    int count = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] >= lowest && logits[id] > Float.NEGATIVE_INFINITY) {
        keys[count++] = TopSelection.key(logits[id], id);
      }
    }
    return count;
  }

  private int winner(long stream) {
    int best = -1;
    double bestTime = Double.POSITIVE_INFINITY;
    for (int id = 0; id < weights.length; id++) {
      double time = arrival(stream, id, weights[id], bestTime);
      if (time < bestTime) {
        bestTime = time;
        best = id;
      }
    }
    return best;
  }

  private int winner(long stream, int kept, float minimum) {
    int best = -1;
    double bestTime = Double.POSITIVE_INFINITY;
    for (int i = 0; i < kept; i++) {
      int id = TopSelection.id(keys[i]);
      if (weights[id] < minimum) {
        continue;
      }
      double time = arrival(stream, id, weights[id], bestTime);
      if (time < bestTime || (time == bestTime && id < best)) {
        bestTime = time;
        best = id;
      }
    }
    return best;
  }

  /// When a token arrives, or any later time if that is after `best`: `-ln(1 - u) >= u` spares most
  /// tokens the logarithm.
  private static double arrival(long stream, int id, float weight, double best) {
    if (weight == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double u = Noise.uniform(stream, id);
    return u > best * weight ? Double.POSITIVE_INFINITY : -Math.log1p(-u) / weight;
  }

  static float max(float[] values) {
    float max = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      max = value > max ? value : max; // NaN is skipped
    }
    return max;
  }
}
