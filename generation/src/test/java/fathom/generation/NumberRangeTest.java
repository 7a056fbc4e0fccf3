package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class NumberRangeTest {
  private static BigDecimal random(Random random) {
    int digits = random.nextInt(4);
    BigDecimal value = BigDecimal.valueOf(random.nextInt(4000) - 2000, digits);
    return random.nextInt(5) == 0 ? BigDecimal.valueOf(random.nextInt(3) - 1) : value;
  }

  @Property(tries = 150)
  void exactlyTheNumbersBetweenTheBoundsAreAccepted(@ForAll long seed) {
    Random random = new Random(seed);
    boolean integer = random.nextBoolean();
    BigDecimal low = random(random);
    BigDecimal high = random(random).max(low);
    String lowWord = random.nextBoolean() ? "minimum" : "exclusiveMinimum";
    String highWord = random.nextBoolean() ? "maximum" : "exclusiveMaximum";
    String schema =
        "{\"type\":\"%s\",\"%s\":%s,\"%s\":%s}"
            .formatted(
                integer ? "integer" : "number",
                lowWord,
                low.toPlainString(),
                highWord,
                high.toPlainString());
    Grammar grammar;
    try {
      grammar = Grammar.jsonSchema(schema);
    } catch (UnsupportedSchemaException e) {
      assertThat(e).hasMessageContaining("no finite value can match");
      return;
    }
    GrammarStates.State start = new GrammarStates(Grammars.network(grammar)).start();
    for (int i = 0; i < 200; i++) {
      BigDecimal value = near(random, low, high);
      if (value.signum() == 0) {
        value = BigDecimal.ZERO;
      }
      String text = value.toPlainString();
      boolean inside =
          value.compareTo(low) >= (lowWord.equals("minimum") ? 0 : 1)
              && value.compareTo(high) <= (highWord.equals("maximum") ? 0 : -1)
              && !(integer && value.scale() > 0);
      assertThat(start.next(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).complete())
          .as("%s in %s", text, schema)
          .isEqualTo(inside);
    }
  }

  private static BigDecimal near(Random random, BigDecimal low, BigDecimal high) {
    BigDecimal step = BigDecimal.valueOf(random.nextInt(5) - 2, random.nextInt(5));
    return switch (random.nextInt(3)) {
      case 0 -> low.add(step);
      case 1 -> high.add(step);
      default -> random(random);
    };
  }

  @Property(tries = 40)
  void oneBoundSuffices(@ForAll long seed) {
    Random random = new Random(seed);
    BigDecimal bound = random(random);
    boolean least = random.nextBoolean();
    String schema =
        "{\"type\":\"number\",\"%s\":%s}"
            .formatted(least ? "minimum" : "maximum", bound.toPlainString());
    GrammarStates.State start =
        new GrammarStates(Grammars.network(Grammar.jsonSchema(schema))).start();
    for (int i = 0; i < 100; i++) {
      BigDecimal value = near(random, bound, bound);
      if (value.signum() == 0) {
        value = BigDecimal.ZERO;
      }
      boolean inside = (least ? 1 : -1) * value.compareTo(bound) >= 0;
      String text = value.toPlainString();
      assertThat(start.next(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).complete())
          .as("%s in %s", text, schema)
          .isEqualTo(inside);
    }
  }
}
