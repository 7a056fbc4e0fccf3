package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void wilsonMatchesPublishedValues() {
    // R: prop.test(x, n, correct = FALSE)$conf.int
    assertThat(Statistics.wilson(8, 10).low()).isCloseTo(0.4901625, within(1e-6));
    assertThat(Statistics.wilson(8, 10).high()).isCloseTo(0.9433178, within(1e-6));
    assertThat(Statistics.wilson(0, 20).low()).isZero();
    assertThat(Statistics.wilson(0, 20).high()).isCloseTo(0.1611252, within(1e-6));
  }

  @Property(tries = 200)
  void wilsonHoldsTheShare(@ForAll @IntRange(min = 1, max = 5000) int n, @ForAll int seed) {
    int successes = new SplittableRandom(seed).nextInt(n + 1);
    Interval interval = Statistics.wilson(successes, n);
    assertThat(interval.low()).isBetween(0.0, (double) successes / n + 1e-12);
    assertThat(interval.high()).isBetween((double) successes / n - 1e-12, 1.0);
  }

  @Test
  void passAtKIsTheShareOfDrawsWithARightOne() {
    int n = 7;
    int right = 2;
    int k = 3;
    int draws = 0;
    int passed = 0;
    for (int set = 0; set < 1 << n; set++) {
      if (Integer.bitCount(set) == k) {
        draws++;
        passed += (set & ((1 << right) - 1)) != 0 ? 1 : 0;
      }
    }
    assertThat(Statistics.passAtK(n, right, k)).isCloseTo((double) passed / draws, within(1e-12));
    assertThat(Statistics.passAtK(n, 0, k)).isCloseTo(0, within(1e-12));
    assertThat(Statistics.passAtK(n, 5, k)).isEqualTo(1);
    assertThat(Statistics.passAtK(1000, 1, 1)).isCloseTo(0.001, within(1e-12));
  }

  @Test
  void bootstrapIsRepeatableAndCoversTheMean() {
    double[] values = new SplittableRandom(4).doubles(300).toArray();
    Interval interval = Statistics.bootstrap(values);
    assertThat(interval).isEqualTo(Statistics.bootstrap(values));
    assertThat(interval.low()).isBetween(0.4, 0.5);
    assertThat(interval.high()).isBetween(0.5, 0.6);
  }

  @Test
  void impossibleCountsAreRefused() {
    assertThatThrownBy(() -> Statistics.wilson(3, 2)).isInstanceOf(EvaluationException.class);
    assertThatThrownBy(() -> Statistics.passAtK(4, 2, 5)).isInstanceOf(EvaluationException.class);
    assertThatThrownBy(() -> Statistics.bootstrap(new double[0]))
        .isInstanceOf(EvaluationException.class);
  }
}
