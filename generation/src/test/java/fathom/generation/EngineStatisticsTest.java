package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EngineStatisticsTest {
  @Test
  void tokensAndRequestsAreCounted() {
    try (Engine engine = Engines.open(new HashModel())) {
      Engines.run(engine, Engines.greedy(Fixtures.prompt(1, 200), 30));
      Engines.run(engine, Engines.greedy(Fixtures.prompt(1, 200), 10));
      Engines.submitCancellingAfter(engine, Engines.greedy(Fixtures.prompt(2, 10), 500), 0).await();
      engine.drain();
      EngineStatistics statistics = engine.statistics();
      assertThat(statistics.requests().finished()).isEqualTo(2);
      assertThat(statistics.requests().cancelled()).isEqualTo(1);
      assertThat(statistics.requests().failed()).isZero();
      assertThat(statistics.requests().waiting()).isZero();
      assertThat(statistics.tokens().prompt()).isEqualTo(410);
      assertThat(statistics.tokens().cacheHits()).isEqualTo(192);
      assertThat(statistics.tokens().computed()).isEqualTo(410 - 192);
      assertThat(statistics.tokens().generated()).isBetween(41L, 45L);
      assertThat(statistics.waiting().requests()).isEqualTo(3);
      assertThat(statistics.steps().steps()).isGreaterThanOrEqualTo(40);
      assertThat(statistics.speculation().available()).isFalse();
    }
  }

  @Test
  void whatWaitsAndWhatRunsIsShownWhileItDoes() throws InterruptedException {
    HashModel model = new HashModel();
    Semaphore gate = new Semaphore(0);
    model.beforeForward = gate::acquireUninterruptibly;
    try (Engine engine = Engines.open(model, 32, new EngineOptions.BatchOptions(2, 64, 10))) {
      List<GenerationHandle> handles =
          List.of(1, 2, 3, 4).stream()
              .map(seed -> engine.submit(Engines.greedy(new int[] {seed}, 5), token -> {}))
              .toList();
      gate.release(1);
      while (engine.statistics().requests().running() < 2) {
        Thread.sleep(1);
      }
      assertThat(engine.statistics().requests().waiting()).isBetween(1, 2);
      gate.release(1000);
      handles.forEach(GenerationHandle::await);
    }
  }

  @Test
  void blocksAreCountedInUseAndKept() {
    try (Engine engine = Engines.open(new HashModel(), 40, EngineOptions.BatchOptions.DEFAULT)) {
      Engines.run(engine, Engines.greedy(Fixtures.prompt(1, 200), 2));
      engine.drain();
      EngineStatistics.Blocks blocks = engine.statistics().blocks();
      assertThat(blocks.total()).isEqualTo(40);
      assertThat(blocks.cached()).isEqualTo(3);
      assertThat(blocks.free()).isEqualTo(37);
      assertThat(blocks.blockBytes()).isEqualTo(HashModel.blockBytes());
      assertThat(blocks.diskBytes()).isZero();
    }
  }

  @Test
  void timesAreThoseOfTheEnginesClock() {
    AtomicLong clock = new AtomicLong(1000);
    HashModel model = new HashModel();
    model.beforeForward = () -> clock.addAndGet(50);
    EngineOptions options =
        new EngineOptions(
            2048,
            EngineOptions.BatchOptions.DEFAULT,
            new EngineOptions.CacheOptions(64 * HashModel.blockBytes(), Optional.empty()),
            true,
            1,
            clock::get);
    try (Engine engine = Engine.open(model, Engines.tokenizer(), options)) {
      GenerationResult result = Engines.run(engine, Engines.greedy(Fixtures.prompt(1, 512), 11));
      Timings timings = result.timings();
      assertThat(timings.prefill()).isEqualTo(100); // two steps of 256
      assertThat(timings.firstToken()).isEqualTo(100);
      assertThat(timings.decode()).isEqualTo(500);
      assertThat(timings.tokensPerSecond(result.usage())).isEqualTo(10 * 1e9 / 500);
      assertThat(timings.promptTokensPerSecond(result.usage())).isEqualTo(512 * 1e9 / 100);
      assertThat(engine.statistics().waiting().longestFirstTokenNanos()).isEqualTo(100);
    }
  }

  @Test
  void nothingGeneratedHasNoRate() {
    Usage usage = new Usage(64, 0, 0, 0);
    assertThat(new Timings(1, 0, 0, 0).tokensPerSecond(usage)).isZero();
    assertThat(new Timings(1, 0, 0, 0).promptTokensPerSecond(usage)).isZero();
    assertThat(usage.totalTokens()).isEqualTo(64);
  }
}
