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
  /// Tokens whose log-probability is less than the likeliest one's by more than this are unlikely.
  private static final double LIKELY = 7;

  /// So much a cut may be off by rounding; what it gathers too much is sorted out later.
  private static final double SLACK = 1e-3;

  /// Tokens in a piece of the vocabulary.
  private static final int PIECE = 64;

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
      report.measure(logits, weights, parameters);
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
    for (int id = 0; id < logits.length; id++) {
      // What is not a number is not chosen, and spoils no sum.
      logits[id] = Float.isNaN(logits[id]) ? Float.NEGATIVE_INFINITY : logits[id];
    }
  }

  private int pick(ChoiceState state, int index) {
    state.change(logits, index);
    SamplingParameters.Choice choice = state.parameters().choice();
    return choice.greedy() ? likeliest() : race(choice, Noise.stream(state.seed(), index));
  }

  private int likeliest() {
    float max = max(logits);
    if (max == Float.NEGATIVE_INFINITY) {
      return -1;
    }
    int id = 0;
    while (logits[id] != max) {
      id++;
    }
    return id;
  }

  private int race(SamplingParameters.Choice choice, long stream) {
    float max = max(logits);
    if (Float.isInfinite(max)) {
      return likeliest(); // of infinite logits the first; of none, none
    }
    float scale = (float) Math.min(1 / choice.temperature(), Float.MAX_VALUE);
    if (choice.topK() == 0 && choice.topP() == 1 && choice.minP() == 0) {
      double mass = Exponential.exp(logits, max, scale, weights);
      assert mass > 0 : mass;
      return winner(stream);
    }
    int kept = choice.topK() > 0 ? cut(choice, max, scale) : cutByMass(choice, max, scale);
    return winner(stream, kept, (float) choice.minP());
  }

  /// Gathers the `topK` likeliest tokens, and of them those that top-p keeps.
  private int cut(SamplingParameters.Choice choice, float max, float scale) {
    int kept = TopSelection.largest(keys, gather(belowTop(choice.topK())), choice.topK());
    double mass = weigh(kept, max, scale);
    return choice.topP() < 1
        ? TopSelection.heaviest(keys, kept, weights, choice.topP() * mass)
        : kept;
  }

  /// Gathers the tokens that top-p keeps, or without it all that min-p can keep.
  private int cutByMass(SamplingParameters.Choice choice, float max, float scale) {
    double temperature = choice.temperature();
    if (choice.topP() == 1) {
      int kept = gather(max + (float) ((Math.log(choice.minP()) - SLACK) * temperature));
      weigh(kept, max, scale);
      return kept;
    }
    double wanted = choice.topP() * Exponential.exp(logits, max, scale, weights);
    // Mostly a few likely tokens have the mass; whether they do is known only afterwards.
    int kept = gather(max - (float) (LIKELY * temperature));
    if (mass(kept) < wanted) {
      // All tokens below (1 - p) / vocabulary together weigh less than 1 - p.
      double lowest = Math.log((1 - choice.topP()) / logits.length) - SLACK;
      kept = gather(max + (float) (lowest * temperature));
    }
    return TopSelection.heaviest(keys, kept, weights, wanted);
  }

  private double mass(int kept) {
    double mass = 0;
    for (int i = 0; i < kept; i++) {
      mass += weights[TopSelection.id(keys[i])];
    }
    return mass;
  }

  private double weigh(int kept, float max, float scale) {
    for (int i = 0; i < kept; i++) {
      int id = TopSelection.id(keys[i]);
      weights[id] = Exponential.exp((logits[id] - max) * scale);
    }
    return mass(kept);
  }

  /// A logit that at least `count` tokens reach: the vocabulary is cut into pieces, and `count` of
  /// them have a largest logit as large as that.
  private float belowTop(int count) {
    int pieces = (logits.length + PIECE - 1) / PIECE;
    if (count >= pieces) {
      return Float.NEGATIVE_INFINITY;
    }
    for (int piece = 0; piece < pieces; piece++) {
      float largest = Float.NEGATIVE_INFINITY;
      int end = Math.min(logits.length, (piece + 1) * PIECE);
      for (int id = piece * PIECE; id < end; id++) {
        largest = logits[id] > largest ? logits[id] : largest;
      }
      weights[piece] = largest;
      keys[piece] = TopSelection.key(largest, piece);
    }
    int kept = TopSelection.largest(keys, pieces, count);
    float least = Float.POSITIVE_INFINITY;
    for (int i = 0; i < kept; i++) {
      least = Math.min(least, weights[TopSelection.id(keys[i])]);
    }
    return least;
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

  /// The largest value; negative infinity if there is none. Four at a time, so that one comparison
  /// need not wait for the other.
  static float max(float[] values) {
    float a = Float.NEGATIVE_INFINITY;
    float b = a;
    float c = a;
    float d = a;
    int i = 0;
    for (; i + 4 <= values.length; i += 4) {
      a = values[i] > a ? values[i] : a;
      b = values[i + 1] > b ? values[i + 1] : b;
      c = values[i + 2] > c ? values[i + 2] : c;
      d = values[i + 3] > d ? values[i + 3] : d;
    }
    for (; i < values.length; i++) {
      a = values[i] > a ? values[i] : a;
    }
    return Math.max(Math.max(a, b), Math.max(c, d));
  }
}
