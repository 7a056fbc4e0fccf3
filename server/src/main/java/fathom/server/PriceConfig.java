package fathom.server;

import java.math.BigDecimal;

/// What a million tokens cost; 0 everywhere means that balances never fall.
///
/// @param currency `CNY` or `USD` (`price.currency`)
/// @param cacheHit prompt tokens found in the cache (`price.cache-hit`)
/// @param cacheMiss other prompt tokens (`price.cache-miss`)
/// @param output completion tokens (`price.output`)
public record PriceConfig(
    String currency, BigDecimal cacheHit, BigDecimal cacheMiss, BigDecimal output) {
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

  /// Refuses other currencies and negative prices.
  public PriceConfig {
    if (!currency.equals("CNY") && !currency.equals("USD")) {
      throw new InvalidConfigException("price.currency: expected CNY or USD, found " + currency);
    }
    requireNotNegative("price.cache-hit", cacheHit);
    requireNotNegative("price.cache-miss", cacheMiss);
    requireNotNegative("price.output", output);
  }

  /// The cost of one answer.
  public BigDecimal cost(TokenUsage usage) {
    return cacheHit
        .multiply(BigDecimal.valueOf(usage.cacheHitTokens()))
        .add(cacheMiss.multiply(BigDecimal.valueOf(usage.cacheMissTokens())))
        .add(output.multiply(BigDecimal.valueOf(usage.completionTokens())))
        .divide(MILLION);
  }

  /// Whether nothing costs anything.
  public boolean isFree() {
    return cacheHit.signum() == 0 && cacheMiss.signum() == 0 && output.signum() == 0;
  }

  private static void requireNotNegative(String key, BigDecimal found) {
    if (found.signum() < 0) {
      throw new InvalidConfigException(key + ": expected 0 or more, found " + found);
    }
  }
}
