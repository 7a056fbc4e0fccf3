package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchingTest {
  private static final EngineOptions.BatchOptions BATCH =
      new EngineOptions.BatchOptions(6, 128, 1000);

  /// A request, and after how many tokens it is cancelled.
  private record Order(GenerationRequest request, int cancelAfter) {}

  private static Order order(Random random) {
    int[] prompt = Fixtures.prompt(random.nextInt(5), 1 + random.nextInt(250));
    SamplingParameters.Builder sampling =
        SamplingParameters.builder()
            .temperature(random.nextBoolean() ? 0 : 1)
            .seed(random.nextLong())
            .maxTokens(1 + random.nextInt(120))
            .ignoreEndTokens();
    GenerationRequest request =
        GenerationRequest.builder(prompt)
            .sampling(sampling.build())
            .user("user" + random.nextInt(3))
            .build();
    return new Order(request, random.nextInt(4) == 0 ? random.nextInt(60) : Integer.MAX_VALUE);
  }

  private static GenerationHandle submit(Engine engine, Order order) {
    return Engines.submitCancellingAfter(engine, order.request(), order.cancelAfter());
  }

  private static List<GenerationResult> alone(List<Order> orders) {
    List<GenerationResult> results = new ArrayList<>();
    for (Order order : orders) {
      try (Engine engine = Engines.open(new HashModel())) {
        results.add(Engines.run(engine, order.request()));
      }
    }
    return results;
  }

  @Test
  void batchedDecodingEqualsOneAtATime() {
    Random random = new Random(5);
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      orders.add(new Order(order(random).request(), Integer.MAX_VALUE));
    }
    List<GenerationResult> expected = alone(orders);
    try (Engine engine = Engines.open(new HashModel())) {
      List<GenerationHandle> handles = orders.stream().map(order -> submit(engine, order)).toList();
      for (int i = 0; i < handles.size(); i++) {
        GenerationResult result = handles.get(i).await();
        assertThat(result.ids()).isEqualTo(expected.get(i).ids());
        assertThat(result.text()).isEqualTo(expected.get(i).text());
      }
      EngineStatistics.Steps steps = engine.statistics().steps();
      assertThat((double) steps.sequences() / steps.steps()).isGreaterThan(3);
    }
  }

  /// Little memory, so that sequences are preempted; some requests are cancelled; some join late.
  @Property(tries = 25)
  void noScheduleChangesAnAnswer(
      @ForAll long seed, @ForAll @IntRange(min = 8, max = 20) int blocks) {
    Random random = new Random(seed);
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      orders.add(order(random));
    }
    List<GenerationResult> expected = alone(orders);
    HashModel model = new HashModel(random.nextBoolean() ? -1 : 0.6);
    try (Engine engine = Engines.open(model, blocks, BATCH)) {
      List<GenerationHandle> handles = new ArrayList<>();
      for (Order order : orders) {
        handles.add(submit(engine, order));
        if (random.nextInt(3) == 0) {
          handles.get(random.nextInt(handles.size())).await();
        }
      }
      for (int i = 0; i < handles.size(); i++) {
        check(handles.get(i).await(), expected.get(i), orders.get(i));
      }
      engine.drain();
      EngineStatistics statistics = engine.statistics();
      assertThat(statistics.requests().waiting()).isZero();
      assertThat(statistics.requests().running()).isZero();
      assertThat(statistics.blocks().free() + statistics.blocks().cached()).isEqualTo(blocks);
      assertThat(model.draftGaps()).isZero();
    }
  }

  private static void check(GenerationResult result, GenerationResult expected, Order order) {
    if (result.finishReason() != FinishReason.CANCELLED) {
      assertThat(result.ids()).isEqualTo(expected.ids());
      return;
    }
    assertThat(result.ids()).hasSizeGreaterThan(order.cancelAfter());
    for (int i = 0; i < result.ids().length; i++) {
      assertThat(result.ids()[i]).isEqualTo(expected.ids()[i]);
    }
  }

  @Test
  void runningOutOfBlocksPreemptsAndFailsNobody() {
    try (Engine engine = Engines.open(new HashModel(), 10, BATCH)) {
      List<GenerationHandle> handles = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        handles.add(engine.submit(Engines.greedy(Fixtures.prompt(50 + i, 60), 400), token -> {}));
      }
      for (int i = 0; i < handles.size(); i++) {
        assertThat(handles.get(i).await().ids())
            .isEqualTo(EngineTest.naiveGreedy(Fixtures.prompt(50 + i, 60), 400));
      }
      assertThat(engine.statistics().requests().preemptions()).isPositive();
    }
  }

  @Test
  void promptsAreComputedInPieces() {
    HashModel model = new HashModel();
    try (Engine engine = Engines.open(model, 64, new EngineOptions.BatchOptions(4, 128, 10))) {
      Engines.run(engine, Engines.greedy(Fixtures.prompt(3, 1000), 1));
      assertThat(model.largestStep).isEqualTo(128);
    }
  }

  @Test
  void aShortPromptNeedNotWaitForALongOne() {
    HashModel model = new HashModel();
    try (Engine engine = Engines.open(model, 64, new EngineOptions.BatchOptions(4, 64, 10))) {
      List<String> order = new ArrayList<>();
      GenerationHandle slow =
          engine.submit(Engines.greedy(Fixtures.prompt(1, 1900), 1), token -> order.add("long"));
      GenerationHandle quick =
          engine.submit(Engines.greedy(Fixtures.prompt(2, 10), 1), token -> order.add("short"));
      slow.await();
      quick.await();
      assertThat(order).containsExactly("short", "long");
    }
  }

  @Test
  void aUserWithManyRequestsDoesNotKeepAnotherOneWaiting() {
    HashModel model = new HashModel();
    java.util.concurrent.Semaphore gate = new java.util.concurrent.Semaphore(0);
    model.beforeForward = gate::acquireUninterruptibly;
    try (Engine engine = Engines.open(model, 64, new EngineOptions.BatchOptions(2, 64, 100))) {
      List<String> ended = java.util.Collections.synchronizedList(new ArrayList<>());
      List<GenerationHandle> handles = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        handles.add(engine.submit(of("many", i), ending(ended, "many")));
      }
      handles.add(engine.submit(of("single", 9), ending(ended, "single")));
      gate.release(1_000_000);
      handles.forEach(GenerationHandle::await);
      assertThat(ended.indexOf("single")).isLessThanOrEqualTo(2);
    }
  }

  private static GenerationRequest of(String user, int seed) {
    return GenerationRequest.builder(Fixtures.prompt(seed, 20))
        .sampling(SamplingParameters.builder().maxTokens(50).ignoreEndTokens().build())
        .user(user)
        .build();
  }

  private static GenerationListener ending(List<String> ended, String name) {
    return new GenerationListener() {
      @Override
      public void onToken(GeneratedToken token) {}

      @Override
      public void onFinish(GenerationResult result) {
        ended.add(name);
      }
    };
  }
}
