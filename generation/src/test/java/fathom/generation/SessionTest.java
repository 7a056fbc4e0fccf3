package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final SamplingParameters TEN =
      SamplingParameters.builder().temperature(0).maxTokens(10).ignoreEndTokens().build();

  @Test
  void theAnswerBelongsToTheTimeline() {
    int[] prompt = Fixtures.prompt(1, 30);
    try (Engine engine = Engines.open(new HashModel());
        Session session = engine.newSession()) {
      session.prefill(prompt);
      GenerationResult first = session.generate(TEN, token -> {});
      GenerationResult second = session.generate(TEN, token -> {});
      int[] expected = EngineTest.naiveGreedy(prompt, 20);
      assertThat(first.ids()).isEqualTo(Arrays.copyOf(expected, 10));
      assertThat(second.ids()).isEqualTo(Arrays.copyOfRange(expected, 10, 20));
      assertThat(session.ids()).hasSize(50).startsWith(prompt).endsWith(expected);
    }
  }

  @Test
  void onlyWhatIsNewIsComputed() {
    int[] prompt = Fixtures.prompt(2, 100);
    try (Engine engine = Engines.open(new HashModel());
        Session session = engine.newSession()) {
      session.prefill(prompt);
      Usage usage = session.prefill(Arrays.copyOf(prompt, 90));
      assertThat(usage).isEqualTo(new Usage(89, 1, 0, 0));
      int[] changed = prompt.clone();
      changed[80] = 9;
      assertThat(session.prefill(changed)).isEqualTo(new Usage(80, 20, 0, 0));
      assertThat(session.generate(TEN, token -> {}).ids())
          .isEqualTo(EngineTest.naiveGreedy(changed, 10));
    }
  }

  @Test
  void aSessionThatLostItsBlocksComputesThemAgain() {
    int[] prompt = Fixtures.prompt(3, 300);
    try (Engine engine =
            Engines.open(new HashModel(), 8, new EngineOptions.BatchOptions(2, 64, 10));
        Session session = engine.newSession("a")) {
      session.prefill(prompt);
      Engines.run(engine, Engines.greedy(Fixtures.prompt(4, 400), 20));
      assertThat(session.generate(TEN, token -> {}).ids())
          .isEqualTo(EngineTest.naiveGreedy(prompt, 10));
    }
  }

  @Test
  void manySessionsLiveBesideEachOther() {
    try (Engine engine =
        Engines.open(new HashModel(), 12, new EngineOptions.BatchOptions(4, 64, 10))) {
      Session[] sessions = new Session[6];
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < sessions.length; i++) {
          if (round == 0) {
            sessions[i] = engine.newSession("user" + i % 2);
            sessions[i].prefill(Fixtures.prompt(i, 100 + 20 * i));
          }
          sessions[i].generate(TEN, token -> {});
        }
      }
      for (int i = 0; i < sessions.length; i++) {
        int[] prompt = Fixtures.prompt(i, 100 + 20 * i);
        assertThat(sessions[i].ids()).endsWith(EngineTest.naiveGreedy(prompt, 30));
        sessions[i].close();
      }
      engine.drain();
      EngineStatistics.Blocks blocks = engine.statistics().blocks();
      assertThat(blocks.free() + blocks.cached()).isEqualTo(12);
    }
  }

  @Test
  void anEmptyTimelineHasNothingToGoOnFrom() {
    try (Engine engine = Engines.open(new HashModel());
        Session session = engine.newSession()) {
      assertThatThrownBy(() -> session.generate(TEN, token -> {}))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessage("prompt: expected at least one token, found none");
    }
  }

  @Test
  void cancellingEndsTheAnswerAndTheTimelineGoesOn() {
    int[] prompt = Fixtures.prompt(5, 30);
    SamplingParameters endless =
        SamplingParameters.builder().temperature(0).maxTokens(1500).ignoreEndTokens().build();
    HashModel model = new HashModel();
    // The listener hears of tokens later than they come: at a real model's pace it is in time.
    model.beforeForward = () -> LockSupport.parkNanos(1_000_000);
    try (Engine engine = Engines.open(model);
        Session session = engine.newSession()) {
      session.prefill(prompt);
      GenerationResult result =
          session.generate(
              endless,
              token -> {
                if (token.index() == 3) {
                  session.cancel();
                }
              });
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      int so = result.ids().length;
      assertThat(so).isBetween(4, 1400);
      GenerationResult next = session.generate(TEN, token -> {});
      int[] expected = EngineTest.naiveGreedy(prompt, so + 10);
      assertThat(next.ids()).isEqualTo(Arrays.copyOfRange(expected, so, so + 10));
    }
  }
}
