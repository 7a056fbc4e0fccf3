package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeculativeDecoderTest {
  /// An engine on a clock that only the model moves: a plain step takes 100, each further row
  /// `rowCost`, a draft `draftCost`.
  private static Engine open(HashModel model, int rowCost, int draftCost) {
    AtomicLong clock = new AtomicLong(1);
    model.beforeForward = () -> clock.addAndGet(100);
    model.beforeDraft = () -> clock.addAndGet(draftCost);
    model.onRows = rows -> clock.addAndGet((long) rowCost * (rows - 1));
    EngineOptions.CacheOptions cache =
        new EngineOptions.CacheOptions(128 * HashModel.blockBytes(), Optional.empty());
    EngineOptions options =
        new EngineOptions(2048, EngineOptions.BatchOptions.DEFAULT, cache, true, 1, clock::get);
    return Engine.open(model, Engines.tokenizer(), options);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.85, 1})
  void draftingNeverChangesAGreedyAnswer(double accuracy) {
    HashModel model = new HashModel(accuracy);
    try (Engine engine = open(model, 1, 1)) {
      int[] prompt = Fixtures.prompt(1, 200);
      GenerationResult result = Engines.run(engine, Engines.greedy(prompt, 300));
      assertThat(result.ids()).isEqualTo(EngineTest.naiveGreedy(prompt, 300));
      assertThat(model.draftGaps()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.85, 1})
  void draftingNeverChangesASampledAnswer(double accuracy) {
    GenerationRequest request = Engines.sampled(Fixtures.prompt(2, 100), 300, 77);
    GenerationResult plain;
    try (Engine engine = Engines.open(new HashModel())) {
      plain = Engines.run(engine, request);
    }
    HashModel model = new HashModel(accuracy);
    try (Engine engine = open(model, 1, 1)) {
      assertThat(Engines.run(engine, request).ids()).isEqualTo(plain.ids());
      assertThat(model.draftGaps()).isZero();
    }
  }

  @Test
  void rightDraftsHalveTheSteps() {
    HashModel model = new HashModel(1);
    try (Engine engine = open(model, 5, 10)) {
      Engines.run(engine, Engines.sampled(Fixtures.prompt(3, 64), 400, 5));
      EngineStatistics statistics = engine.statistics();
      assertThat(statistics.speculation().accepted()).isEqualTo(statistics.speculation().drafted());
      assertThat(statistics.steps().steps()).isLessThan(215);
      assertThat(statistics.speculation().active()).isTrue();
      assertThat(statistics.speculation().speedup()).isBetween(1.7, 1.8); // 2 * 100 / 115
    }
  }

  @Test
  void acceptanceIsMeasured() {
    HashModel model = new HashModel(0.7);
    try (Engine engine = open(model, 5, 10)) {
      Engines.run(engine, Engines.greedy(Fixtures.prompt(4, 64), 1500));
      EngineStatistics.Speculation speculation = engine.statistics().speculation();
      assertThat((double) speculation.accepted() / speculation.drafted()).isBetween(0.65, 0.75);
    }
  }

  @Test
  void draftingThatLosesSwitchesItselfOff() {
    HashModel model = new HashModel(0.3);
    try (Engine engine = open(model, 80, 30)) { // 1.3 tokens for 2.1 times the cost
      int[] prompt = Fixtures.prompt(5, 64);
      GenerationResult result = Engines.run(engine, Engines.greedy(prompt, 600));
      EngineStatistics.Speculation speculation = engine.statistics().speculation();
      assertThat(speculation.active()).isFalse();
      assertThat(speculation.speedup()).isLessThan(1);
      assertThat(speculation.drafted()).isLessThan(100);
      assertThat(result.ids()).isEqualTo(EngineTest.naiveGreedy(prompt, 600));
    }
  }

  @Test
  void muchLaterNewSequencesTryAgain() {
    Counters counters = new Counters();
    Speculation speculation = new Speculation(true, counters);
    for (int i = 0; i < 100; i++) {
      speculation.measured(1, speculation.verifies() ? 1 : 0, 0, 100, 100);
    }
    assertThat(speculation.wanted()).isFalse();
    for (int i = 0; i < 9000; i++) {
      speculation.measured(1, 0, 0, 100, 0);
    }
    assertThat(speculation.wanted()).isTrue();
  }

  @Test
  void aBatchDraftsForAll() {
    HashModel model = new HashModel(0.8);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(Engines.sampled(Fixtures.prompt(i, 30 + 40 * i), 200, i));
    }
    List<int[]> expected = new ArrayList<>();
    try (Engine engine = Engines.open(new HashModel())) {
      requests.forEach(request -> expected.add(Engines.run(engine, request).ids()));
    }
    try (Engine engine = open(model, 2, 10)) {
      List<GenerationHandle> handles =
          requests.stream().map(request -> engine.submit(request, token -> {})).toList();
      for (int i = 0; i < handles.size(); i++) {
        assertThat(handles.get(i).await().ids()).isEqualTo(expected.get(i));
      }
      assertThat(engine.statistics().speculation().accepted()).isPositive();
      assertThat(model.draftGaps()).isZero();
    }
  }

  @Test
  void aSessionGoesOnDrafting() {
    HashModel model = new HashModel(1);
    try (Engine engine = open(model, 5, 10);
        Session session = engine.newSession()) {
      int[] prompt = Fixtures.prompt(9, 100);
      session.prefill(prompt);
      SamplingParameters forty =
          SamplingParameters.builder().temperature(0).maxTokens(40).ignoreEndTokens().build();
      session.generate(forty, token -> {});
      session.generate(forty, token -> {});
      assertThat(session.ids()).endsWith(EngineTest.naiveGreedy(prompt, 80));
      assertThat(model.draftGaps()).isZero();
      assertThat(engine.statistics().speculation().accepted()).isGreaterThan(30);
    }
  }
}
