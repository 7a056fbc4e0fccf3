package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class RopeDivisorsTest {
  @ParameterizedTest
  @CsvSource({
    "500000, 128, 8, 8192",
    "500000, 128, 32, 8192",
    "500000, 64, 32, 8192",
    "500000, 64, 8, 128",
    "10000, 128, 4, 2048"
  })
  void recoversTheScalingOfPublishedModels(double theta, int headDim, float factor, int original) {
    RopeDivisors.Llama3Scaling scaling = new RopeDivisors.Llama3Scaling(factor, 1, 4, original);
    RopeDivisors divisors = RopeDivisors.llama3(theta, headDim, scaling);
    ObjectNode found = divisors.toScaling();
    assertThat(found.get("rope_type").stringValue()).isEqualTo("llama3");
    assertThat(found.get("factor").floatValue()).isEqualTo(factor);
    assertThat(found.get("original_max_position_embeddings").intValue()).isEqualTo(original);
  }

  @Test
  void goesFromOneToTheFactor() {
    RopeDivisors divisors =
        RopeDivisors.llama3(500_000, 128, new RopeDivisors.Llama3Scaling(8, 1, 4, 8192));
    assertThat(divisors.values()).hasSize(64).isSorted();
    assertThat(divisors.values().getFirst()).isEqualTo(1f);
    assertThat(divisors.values().getLast()).isEqualTo(8f);
    // Pair 30: wave length 2 pi 500000^(60/128) = 2948.6, between 8192 / 4 and 8192 / 1.
    double wave = 2 * Math.PI * Math.pow(500_000, 60 / 128.0);
    double smooth = (8192 / wave - 1) / 3;
    assertThat(divisors.values().get(30).doubleValue())
        .isCloseTo(1 / ((1 - smooth) / 8 + smooth), within(1e-5));
  }

  @Test
  void knowsDivisorsThatCannotBe() {
    assertThat(new RopeDivisors(List.of(1f, 2f), 1e4).arePositive()).isTrue();
    for (float bad : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThat(new RopeDivisors(List.of(1f, bad), 1e4).arePositive()).isFalse();
    }
  }

  @Test
  void hasTheSameNumbersAsRows() {
    Rows rows = new RopeDivisors(List.of(1f, 2f, 3f), 1e4).rows();
    float[] row = new float[3];
    rows.read(0, row);
    assertThat(rows.count()).isEqualTo(1);
    assertThat(row).containsExactly(1, 2, 3);
  }
}
