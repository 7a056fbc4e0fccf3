package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenCountsTest {
  private static float[] penalised(
      TokenCounts counts, float logit, SamplingParameters.Penalties p) {
    float[] logits = new float[4000];
    Arrays.fill(logits, logit);
    counts.penalise(logits, p);
    return logits;
  }

  @Test
  void frequencyCountsAndPresenceDoesNot() {
    TokenCounts counts = new TokenCounts();
    counts.addAnswer(7);
    counts.addAnswer(7);
    counts.addAnswer(9);
    float[] logits = penalised(counts, 0, new SamplingParameters.Penalties(0.5, 0.25, 1));
    assertThat(logits[7]).isEqualTo(-1.25f);
    assertThat(logits[9]).isEqualTo(-0.75f);
    assertThat(logits[8]).isZero();
  }

  @Test
  void onlyRepetitionLooksAtThePrompt() {
    TokenCounts counts = new TokenCounts();
    counts.addPrompt(3);
    counts.addPrompt(3);
    assertThat(penalised(counts, 2, new SamplingParameters.Penalties(1, 1, 1))[3]).isEqualTo(2);
    assertThat(penalised(counts, 2, new SamplingParameters.Penalties(0, 0, 2))[3]).isEqualTo(1);
    assertThat(penalised(counts, -2, new SamplingParameters.Penalties(0, 0, 2))[3]).isEqualTo(-4);
  }

  @Test
  void aTokenOfPromptAndAnswerHasBoth() {
    TokenCounts counts = new TokenCounts();
    counts.addPrompt(3);
    counts.addAnswer(3);
    counts.addPrompt(3);
    assertThat(penalised(counts, 2, new SamplingParameters.Penalties(0.5, 0, 2))[3])
        .isEqualTo(0.5f);
  }

  @Test
  void manyTokensAreCountedAsFew() {
    TokenCounts counts = new TokenCounts();
    int[] slowly = new int[4000];
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      int id = random.nextInt(4000);
      slowly[id]++;
      counts.addAnswer(id);
    }
    float[] logits = penalised(counts, 0, new SamplingParameters.Penalties(1, 0, 1));
    for (int id = 0; id < 4000; id++) {
      assertThat(logits[id]).isEqualTo(-slowly[id]);
    }
  }
}
