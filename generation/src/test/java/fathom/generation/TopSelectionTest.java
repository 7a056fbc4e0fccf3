package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TopSelectionTest {
  private static long[] keys(float[] values) {
    return LongStream.range(0, values.length)
        .map(id -> TopSelection.key(values[(int) id], (int) id))
        .toArray();
  }

  /// Values of which many are equal.
  private static float[] values(int size, long seed) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextInt(size / 3 + 2) - size / 6f;
    }
    return values;
  }

  private static long[] sorted(long[] keys) {
    long[] ascending = keys.clone();
    Arrays.sort(ascending);
    return LongStream.range(0, keys.length)
        .map(i -> ascending[keys.length - 1 - (int) i])
        .toArray();
  }

  @Property(tries = 300)
  void theLargestAreThoseOfASort(
      @ForAll @IntRange(max = 400) int size,
      @ForAll @IntRange(max = 450) int count,
      @ForAll long seed) {
    long[] keys = keys(values(size, seed));
    long[] expected = Arrays.copyOf(sorted(keys), Math.min(size, count));
    int found = TopSelection.largest(keys, size, count);
    assertThat(found).isEqualTo(expected.length);
    assertThat(sorted(Arrays.copyOf(keys, found))).isEqualTo(expected);
  }

  @Property(tries = 300)
  void theHeaviestAreAsFewAsPossible(
      @ForAll @IntRange(min = 1, max = 300) int size,
      @ForAll @IntRange(max = 1100) int perMille,
      @ForAll long seed) {
    float[] values = values(size, seed);
    float[] weights = new float[size];
    for (int i = 0; i < size; i++) {
      weights[i] = 1 + Math.abs(values[i]); // whole numbers and halves: sums are exact
    }
    double total = 0;
    for (float weight : weights) {
      total += weight;
    }
    double mass = total * perMille / 1000;
    long[] keys = keys(values);
    long[] order = sorted(keys);
    int expected = 0;
    for (double sum = 0; expected < size && sum < mass; expected++) {
      sum += weights[TopSelection.id(order[expected])];
    }
    int found = TopSelection.heaviest(keys, size, weights, mass);
    assertThat(found).isEqualTo(expected);
    assertThat(sorted(Arrays.copyOf(keys, found))).isEqualTo(Arrays.copyOf(order, found));
  }

  @Test
  void keysCompareAsTheirValuesDoAndEqualOnesByTheSmallerId() {
    float[] rising = {Float.NEGATIVE_INFINITY, -2, -0.5f, 0, 1e-30f, 3, Float.POSITIVE_INFINITY};
    for (int i = 1; i < rising.length; i++) {
      assertThat(TopSelection.key(rising[i], 5)).isGreaterThan(TopSelection.key(rising[i - 1], 5));
    }
    assertThat(TopSelection.key(1, 3)).isGreaterThan(TopSelection.key(1, 4));
    assertThat(TopSelection.id(TopSelection.key(-7, 129_279))).isEqualTo(129_279);
  }
}
