package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class SessionPropertyTest {
  /// A conversation, edited at random places: whatever is kept of it, the answer is that of the
  /// tokens.
  @Property(tries = 25)
  void aTimelineMayBeChangedAnywhere(@ForAll long seed) {
    Random random = new Random(seed);
    HashModel model = new HashModel(random.nextBoolean() ? -1 : 0.7);
    EngineOptions.BatchOptions batch = new EngineOptions.BatchOptions(3, 64, 100);
    try (Engine engine = Engines.open(model, 10 + random.nextInt(20), batch)) {
      List<Session> sessions = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sessions.add(engine.newSession("user" + i % 2));
      }
      for (int turn = 0; turn < 12; turn++) {
        Session session = sessions.get(random.nextInt(3));
        int[] timeline = edited(random, session.ids());
        if (random.nextBoolean()) {
          session.prefill(timeline);
        }
        int tokens = 1 + random.nextInt(40);
        GenerationResult result = session.generate(request(session, timeline, tokens), token -> {});
        assertThat(result.ids()).isEqualTo(EngineTest.naiveGreedy(timeline, tokens));
        Usage usage = result.usage();
        assertThat(usage.promptTokens()).isEqualTo(timeline.length);
        assertThat(usage.cacheMissTokens()).isPositive();
      }
      sessions.forEach(Session::close);
      engine.drain();
      EngineStatistics.Blocks blocks = engine.statistics().blocks();
      assertThat(blocks.free() + blocks.cached()).isEqualTo(blocks.total());
      assertThat(model.draftGaps()).isZero();
    }
  }

  private static GenerationRequest request(Session session, int[] prompt, int tokens) {
    SamplingParameters sampling =
        SamplingParameters.builder().temperature(0).maxTokens(tokens).ignoreEndTokens().build();
    return GenerationRequest.builder(prompt).sampling(sampling).user(session.user()).build();
  }

  private static int[] edited(Random random, int[] ids) {
    int keep = ids.length == 0 ? 0 : random.nextInt(ids.length + 1);
    int[] added = Fixtures.prompt(random.nextLong(), 1 + random.nextInt(100));
    int[] edited = Arrays.copyOf(ids, Math.min(keep, 450) + added.length);
    System.arraycopy(added, 0, edited, edited.length - added.length, added.length);
    return edited;
  }
}
