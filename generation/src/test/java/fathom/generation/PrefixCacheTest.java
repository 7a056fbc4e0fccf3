package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {
  private static GenerationRequest of(String user, int... prompt) {
    return GenerationRequest.builder(prompt)
        .sampling(SamplingParameters.builder().temperature(0).maxTokens(5).build())
        .user(user)
        .build();
  }

  @Test
  void theSamePromptIsFoundInUnitsOf64() {
    int[] prompt = Fixtures.prompt(1, 1000);
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult first = Engines.run(engine, of("a", prompt));
      GenerationResult second = Engines.run(engine, of("a", prompt));
      assertThat(first.usage().cacheHitTokens()).isZero();
      assertThat(second.usage().cacheHitTokens()).isEqualTo(960);
      assertThat(second.usage().cacheMissTokens()).isEqualTo(40);
      assertThat(second.ids()).isEqualTo(first.ids());
    }
  }

  @Test
  void aCommonBeginningIsFoundAndNoMore() {
    int[] prompt = Fixtures.prompt(1, 500);
    int[] other = prompt.clone();
    other[200] = 7;
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, of("a", prompt));
      GenerationResult result = Engines.run(engine, of("a", other));
      assertThat(result.usage().cacheHitTokens()).isEqualTo(192);
      assertThat(result.ids()).isEqualTo(EngineTest.naiveGreedy(other, 5));
    }
  }

  @Test
  void theWholePromptIsNeverTaken() {
    int[] prompt = Fixtures.prompt(1, 128);
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, of("a", prompt));
      assertThat(Engines.run(engine, of("a", prompt)).usage().cacheHitTokens()).isEqualTo(64);
    }
  }

  @Test
  void theAnswerIsKeptToo() {
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult first = Engines.run(engine, Engines.greedy(Fixtures.prompt(4, 50), 150));
      int[] next = Arrays.copyOf(Fixtures.prompt(4, 50), 200);
      System.arraycopy(first.ids(), 0, next, 50, 150);
      assertThat(Engines.run(engine, Engines.greedy(next, 3)).usage().cacheHitTokens())
          .isEqualTo(192);
    }
  }

  @Test
  void usersDoNotSeeEachOthersBlocks() {
    int[] prompt = Fixtures.prompt(1, 500);
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, of("a", prompt));
      assertThat(Engines.run(engine, of("b", prompt)).usage().cacheHitTokens()).isZero();
      assertThat(Engines.run(engine, of("b", prompt)).usage().cacheHitTokens()).isEqualTo(448);
    }
  }

  @Test
  void requestsThatRunAtTheSameTimeShareBlocks() {
    int[] prompt = Fixtures.prompt(1, 640);
    try (Engine engine =
        Engines.open(new HashModel(), 24, new EngineOptions.BatchOptions(8, 64, 10))) {
      GenerationHandle first = engine.submit(Engines.greedy(prompt, 600), token -> {});
      GenerationResult second = Engines.run(engine, of(GenerationRequest.ANONYMOUS, prompt));
      first.cancel();
      first.await();
      assertThat(second.ids()).isEqualTo(EngineTest.naiveGreedy(prompt, 5));
    }
  }

  @Test
  void whatWasNotUsedForTheLongestTimeGoesFirst() {
    try (Engine engine =
        Engines.open(new HashModel(), 16, new EngineOptions.BatchOptions(1, 64, 10))) {
      for (int seed = 0; seed < 3; seed++) {
        Engines.run(engine, of("a", Fixtures.prompt(seed, 300)));
      }
      Engines.run(engine, of("a", Fixtures.prompt(0, 300)));
      Engines.run(engine, of("a", Fixtures.prompt(3, 300)));
      assertThat(hits(engine, 0)).isEqualTo(256);
      assertThat(hits(engine, 1)).isLessThan(256);
    }
  }

  private static int hits(Engine engine, int seed) {
    return Engines.run(engine, of("a", Fixtures.prompt(seed, 300))).usage().cacheHitTokens();
  }

  @Test
  void uncachedRequestsLeaveNothingBehind() {
    GenerationRequest request =
        GenerationRequest.builder(Fixtures.prompt(1, 500))
            .sampling(SamplingParameters.greedy(3))
            .uncached()
            .build();
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, request);
      assertThat(Engines.run(engine, request).usage().cacheHitTokens()).isZero();
      assertThat(engine.statistics().blocks().cached()).isZero();
    }
  }

  @Test
  void clearingForgetsWhatIsKeptAndWhatRunsRegistersNothingMore() {
    int[] prompt = Fixtures.prompt(1, 500);
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, of("a", prompt));
      GenerationHandle running =
          engine.submit(Engines.greedy(Fixtures.prompt(2, 100), 300), token -> {});
      engine.clearPrefixCache();
      running.await();
      assertThat(Engines.run(engine, of("a", prompt)).usage().cacheHitTokens()).isZero();
    }
  }

  @Test
  void answersOfAGroupAreThoseOfSingleRequests() {
    int[] prompt = Fixtures.prompt(9, 150);
    List<int[]> expected = new ArrayList<>();
    try (Engine engine = Engines.open(new HashModel())) {
      for (int n = 0; n < 24; n++) {
        expected.add(Engines.run(engine, Engines.sampled(prompt, 40, 100 + n)).ids());
      }
    }
    HashModel model = new HashModel();
    try (Engine engine = Engines.open(model)) {
      List<GenerationListener> listeners = new ArrayList<>();
      for (int n = 0; n < 24; n++) {
        listeners.add(token -> {});
      }
      List<GenerationHandle> handles =
          engine.submitGroup(Engines.sampled(prompt, 40, 100), listeners);
      for (int n = 0; n < 24; n++) {
        assertThat(handles.get(n).await().ids()).isEqualTo(expected.get(n));
      }
      // The prompt once, and what eight latecomers did not find of it.
      assertThat(engine.statistics().tokens().computed()).isLessThanOrEqualTo(150 + 8 * 22);
    }
  }

  @Test
  void aGroupWhoseFirstRequestIsCancelledGoesOn() {
    int[] prompt = Fixtures.prompt(9, 150);
    HashModel model = new HashModel();
    java.util.concurrent.Semaphore gate = new java.util.concurrent.Semaphore(0);
    model.beforeForward = gate::acquireUninterruptibly;
    try (Engine engine = Engines.open(model)) {
      List<GenerationHandle> handles =
          engine.submitGroup(
              Engines.greedy(prompt, 10), List.<GenerationListener>of(t -> {}, t -> {}, t -> {}));
      handles.getFirst().cancel();
      gate.release(1000);
      assertThat(handles.getFirst().await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(handles.get(1).await().ids()).isEqualTo(EngineTest.naiveGreedy(prompt, 10));
      assertThat(handles.get(2).await().ids()).isEqualTo(EngineTest.naiveGreedy(prompt, 10));
    }
  }
}
