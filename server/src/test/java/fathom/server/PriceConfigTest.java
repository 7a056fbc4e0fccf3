package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class PriceConfigTest {
  private static PriceConfig price(String hit, String miss, String output) {
    return new PriceConfig(
        "USD", new BigDecimal(hit), new BigDecimal(miss), new BigDecimal(output));
  }

  @Test
  void anAnswerCostsItsTokensToTheLastDigit() {
    TokenUsage usage = new TokenUsage(1000, 960, 29, 25);
    // 960 hits at 0.07, 40 misses at 0.27 and 29 tokens at 1.10 a million.
    assertThat(price("0.07", "0.27", "1.10").cost(usage)).isEqualByComparingTo("0.0001099");
  }

  @Test
  void freeMeansThatNothingCosts() {
    assertThat(price("0", "0.00", "0").isFree()).isTrue();
    assertThat(price("0", "0", "0.01").isFree()).isFalse();
  }

  @Test
  void nothingCostsLessThanNothing() {
    assertThatThrownBy(() -> price("0", "-1", "0"))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("price.cache-miss");
  }

  @Test
  void onlyTheApisCurrenciesAreKnown() {
    assertThatThrownBy(
            () -> new PriceConfig("EUR", BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("EUR");
  }
}
