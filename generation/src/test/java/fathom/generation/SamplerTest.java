package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final int[] PROMPT = {3, 4, 4, 5};

  private static Matrix matrix(float... logits) {
    Matrix matrix = Matrix.allocate(Arena.ofAuto(), 1, logits.length);
    matrix.setRow(0, logits);
    return matrix;
  }

  private static float[] randomLogits(long seed, int size, double spread) {
    Random random = new Random(seed);
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = (float) (spread * random.nextGaussian());
    }
    return logits;
  }

  private static ChoiceState state(SamplingParameters parameters, long seed) {
    GenerationRequest request = GenerationRequest.builder(PROMPT).sampling(parameters).build();
    Thinking thinking =
        new Thinking(new Thinking.Marks(Engines.tokenizer()), PROMPT, 4, Integer.MAX_VALUE);
    return new ChoiceState(request, seed, new int[] {1}, thinking, null, 100_000);
  }

  private static SamplingParameters.Builder sampling() {
    return SamplingParameters.builder();
  }

  private static int choose(float[] logits, SamplingParameters parameters, long seed) {
    return new Sampler(logits.length).choose(matrix(logits), 0, state(parameters, seed), 0);
  }

  /// How often each token is chosen over `draws` positions.
  private static int[] histogram(float[] logits, SamplingParameters parameters, int draws) {
    Sampler sampler = new Sampler(logits.length);
    Matrix matrix = matrix(logits);
    ChoiceState state = state(parameters, 12345);
    int[] counts = new int[logits.length];
    for (int index = 0; index < draws; index++) {
      counts[sampler.choose(matrix, 0, state, index)]++;
    }
    return counts;
  }

  @Test
  void greedyTakesTheLikeliestAndOfEqualsTheFirst() {
    assertThat(choose(new float[] {1, 5, 2, 5}, SamplingParameters.greedy(1), 0)).isEqualTo(1);
  }

  @Test
  void greedySkipsWhatIsNotANumber() {
    float[] logits = {Float.NaN, -1, Float.NaN, 0};
    assertThat(choose(logits, SamplingParameters.greedy(1), 0)).isEqualTo(3);
    assertThat(choose(logits, sampling().temperature(1e-4).build(), 0)).isEqualTo(3);
  }

  @Test
  void nothingButNaNIsAFailureAndNotAToken() {
    float[] logits = {Float.NaN, Float.NaN};
    assertThatThrownBy(() -> choose(logits, SamplingParameters.greedy(1), 0))
        .isInstanceOf(GenerationException.class)
        .hasMessageContaining("no token is possible");
    assertThatThrownBy(() -> choose(logits, sampling().build(), 0))
        .isInstanceOf(GenerationException.class);
  }

  @Test
  void infiniteLogitsAreChosen() {
    float[] logits = {1, Float.POSITIVE_INFINITY, 2};
    assertThat(choose(logits, SamplingParameters.greedy(1), 0)).isEqualTo(1);
  }

  @Test
  void samplingFollowsTheSoftmax() {
    float[] logits = randomLogits(1, 40, 1.5);
    double temperature = 0.8;
    int draws = 200_000;
    int[] counts = histogram(logits, sampling().temperature(temperature).build(), draws);
    double[] expected = naive(logits, temperature, 0, 1, 0);
    assertThat(chiSquare(counts, expected, draws)).isLessThan(95); // 39 degrees, p = 1e-6
  }

  @Test
  void samplingWithCutsFollowsTheSoftmaxOfWhatIsLeft() {
    float[] logits = randomLogits(2, 300, 2);
    int draws = 100_000;
    SamplingParameters parameters =
        sampling().temperature(1.3).topK(60).topP(0.9).minP(0.03).build();
    int[] counts = histogram(logits, parameters, draws);
    double[] expected = naive(logits, 1.3, 60, 0.9, 0.03);
    int kept = (int) Arrays.stream(expected).filter(p -> p > 0).count();
    assertThat(kept).isBetween(5, 59);
    assertThat(chiSquare(counts, expected, draws)).isLessThan(kept + 6 * Math.sqrt(2.0 * kept));
  }

  private static double chiSquare(int[] counts, double[] expected, int draws) {
    double sum = 0;
    for (int id = 0; id < counts.length; id++) {
      double mean = expected[id] * draws;
      if (expected[id] == 0) {
        assertThat(counts[id]).as("token %d was cut off", id).isZero();
      } else {
        sum += (counts[id] - mean) * (counts[id] - mean) / mean;
      }
    }
    return sum;
  }

  /// Probabilities by sorting everything, in double precision.
  private static double[] naive(
      float[] logits, double temperature, int topK, double topP, double minP) {
    double max = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
    double[] p = new double[logits.length];
    for (int id = 0; id < p.length; id++) {
      p[id] = Math.exp((logits[id] - max) / temperature);
    }
    List<Integer> order =
        IntStream.range(0, p.length)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
            .toList();
    int keep = topK == 0 ? p.length : Math.min(topK, p.length);
    double mass = order.subList(0, keep).stream().mapToDouble(id -> p[id]).sum();
    double sum = 0;
    Set<Integer> kept = new TreeSet<>();
    for (int id : order.subList(0, keep)) {
      if ((topP == 1 || sum < topP * mass) && p[id] >= minP) {
        kept.add(id);
      }
      sum += p[id];
    }
    double left = kept.stream().mapToDouble(id -> p[id]).sum();
    return IntStream.range(0, p.length)
        .mapToDouble(id -> kept.contains(id) ? p[id] / left : 0)
        .toArray();
  }

  @Property(tries = 60)
  void cutsKeepWhatTheNaiveTwinKeeps(
      @ForAll @IntRange(min = 1, max = 10_000) int seed,
      @ForAll @IntRange(max = 50) int topK,
      @ForAll @DoubleRange(min = 0.05, max = 1) double topP,
      @ForAll @DoubleRange(min = 0, max = 0.5) double minP) {
    float[] logits = randomLogits(seed, 200, 2);
    SamplingParameters parameters = sampling().topK(topK).topP(topP).minP(minP).build();
    int[] counts = histogram(logits, parameters, 3000);
    double[] expected = naive(logits, 1, topK, topP, minP);
    for (int id = 0; id < counts.length; id++) {
      if (expected[id] == 0) {
        assertThat(counts[id]).as("token %d was cut off", id).isZero();
      } else if (expected[id] > 0.02) {
        assertThat(counts[id]).as("token %d of %s", id, expected[id]).isPositive();
      }
    }
  }

  @Property(tries = 100)
  void penaltiesAndBiasEqualTheNaiveTwin(
      @ForAll @IntRange(min = 1, max = 10_000) int seed,
      @ForAll @DoubleRange(min = -2, max = 2) double frequency,
      @ForAll @DoubleRange(min = -2, max = 2) double presence,
      @ForAll @DoubleRange(min = 0.5, max = 2) double repetition) {
    Random random = new Random(seed);
    float[] logits = randomLogits(seed, 100, 3);
    SamplingParameters parameters =
        sampling()
            .temperature(0)
            .penalties(new SamplingParameters.Penalties(frequency, presence, repetition))
            .logitBias(50, 3)
            .logitBias(4, -2)
            .build();
    ChoiceState state = state(parameters, 0);
    Map<Integer, Integer> answer = new HashMap<>();
    for (int i = 0; i < 80; i++) {
      int id = random.nextInt(100);
      state.accept(id);
      answer.merge(id, 1, Integer::sum);
    }
    float[] expected = logits.clone();
    for (int id = 0; id < 100; id++) {
      boolean seen = id >= 3 && id <= 5;
      if (seen || answer.containsKey(id)) {
        float r = (float) repetition;
        expected[id] = expected[id] > 0 ? expected[id] / r : expected[id] * r;
      }
      if (answer.containsKey(id)) {
        expected[id] -= (float) (answer.get(id) * frequency + presence);
      }
    }
    expected[50] += 3;
    expected[4] -= 2;
    float[] changed = logits.clone();
    state.change(changed, 80);
    assertThat(changed).isEqualTo(expected);
  }

  @Test
  void theSameSeedGivesTheSameTokensAndAnotherSeedOthers() {
    float[] logits = randomLogits(3, 500, 1);
    SamplingParameters parameters = sampling().build();
    Sampler sampler = new Sampler(500);
    int[] first = draws(sampler, logits, state(parameters, 7));
    assertThat(draws(new Sampler(500), logits, state(parameters, 7))).isEqualTo(first);
    assertThat(draws(sampler, logits, state(parameters, 8))).isNotEqualTo(first);
  }

  private static int[] draws(Sampler sampler, float[] logits, ChoiceState state) {
    return IntStream.range(0, 50)
        .map(index -> sampler.choose(matrix(logits), 0, state, index))
        .toArray();
  }

  @Test
  void neighbouringSeedsAreIndependent() {
    float[] logits = new float[16]; // all the same
    int[] counts = new int[256];
    Sampler sampler = new Sampler(16);
    for (int seed = 0; seed < 50_000; seed++) {
      int a = sampler.choose(matrix(logits), 0, state(sampling().build(), seed), 3);
      int b = sampler.choose(matrix(logits), 0, state(sampling().build(), seed + 1), 3);
      counts[16 * a + b]++;
    }
    double[] expected = new double[256];
    Arrays.fill(expected, 1 / 256.0);
    assertThat(chiSquare(counts, expected, 50_000)).isLessThan(255 + 6 * Math.sqrt(510));
  }

  @Test
  void logProbabilitiesAreTheModelsOwn() {
    float[] logits = randomLogits(4, 60, 2);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    Sampler sampler = new Sampler(60);
    ChoiceState state =
        state(sampling().temperature(0.5).logProbabilities(4).logitBias(9, 90).build(), 1);
    int id = sampler.choose(matrix(logits), 0, state, 0);
    TokenLogProbabilities report = sampler.report().toRecord(id);
    assertThat(id).isEqualTo(9);
    assertThat((double) report.logProbability()).isCloseTo(logits[9] - Math.log(sum), within(1e-5));
    assertThat(report.top()).hasSize(4);
    int best = report.top().getFirst().id();
    assertThat(logits[best]).isEqualTo(Sampler.max(logits));
    assertThat((double) report.top().getFirst().logProbability())
        .isCloseTo(logits[best] - Math.log(sum), within(1e-5));
    assertThat(report.top())
        .isSortedAccordingTo((a, b) -> Float.compare(b.logProbability(), a.logProbability()));
  }

  @Test
  void temperedLogProbabilitiesAreThoseOfTheSampledDistribution() {
    float[] logits = randomLogits(5, 60, 2);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit / 0.7);
    }
    Sampler sampler = new Sampler(60);
    SamplingParameters.LogProbabilities tempered =
        new SamplingParameters.LogProbabilities(true, 0, true);
    ChoiceState state = state(sampling().temperature(0.7).logProbabilities(tempered).build(), 1);
    int id = sampler.choose(matrix(logits), 0, state, 0);
    assertThat((double) sampler.report().logProbability())
        .isCloseTo(logits[id] / 0.7 - Math.log(sum), within(1e-5));
  }

  @Test
  void beforeTheLeastNumberOfTokensNoEndTokenIsChosen() {
    float[] logits = {0, 9, 1};
    ChoiceState state = state(sampling().temperature(0).minTokens(2).maxTokens(9).build(), 0);
    Sampler sampler = new Sampler(3);
    assertThat(sampler.choose(matrix(logits), 0, state, 1)).isEqualTo(2);
    assertThat(sampler.choose(matrix(logits), 0, state, 2)).isEqualTo(1);
  }

  @Test
  void theFastExponentialIsExactToAFewUnits() {
    for (float x = 0; x > -87; x -= 0.00731f) {
      double exact = Math.exp(x);
      assertThat(Exponential.exp(x) / exact).isCloseTo(1, within(4e-7));
    }
    assertThat(Exponential.exp(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Exponential.exp(0)).isEqualTo(1);
  }

  @Property(tries = 200)
  void selectionEqualsSorting(
      @ForAll @IntRange(min = 1, max = 400) int size,
      @ForAll @IntRange(min = 1, max = 400) int count,
      @ForAll long seed) {
    Random random = new Random(seed);
    long[] keys = new long[size];
    for (int id = 0; id < size; id++) {
      keys[id] = TopSelection.key(random.nextInt(20) - 10, id);
    }
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    int kept = TopSelection.largest(keys, size, count);
    assertThat(kept).isEqualTo(Math.min(size, count));
    long[] front = Arrays.copyOf(keys, kept);
    Arrays.sort(front);
    assertThat(front).isEqualTo(Arrays.copyOfRange(sorted, size - kept, size));
  }
}
