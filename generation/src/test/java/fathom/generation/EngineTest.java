package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineTest {
  @Test
  void greedyAnswersAreTheLikeliestTokensOfTheModel() {
    int[] prompt = Fixtures.prompt(1, 100);
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult result = Engines.run(engine, Engines.greedy(prompt, 70));
      assertThat(result.ids()).isEqualTo(naiveGreedy(prompt, 70));
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.usage()).isEqualTo(new Usage(0, 100, 70, 0));
    }
  }

  static int[] naiveGreedy(int[] prompt, int tokens) {
    int[] ids = Arrays.copyOf(prompt, prompt.length + tokens);
    for (int length = prompt.length; length < ids.length; length++) {
      float[] logits = HashModel.logitsAfter(ids, length);
      int best = 0;
      for (int id = 1; id < logits.length; id++) {
        best = logits[id] > logits[best] ? id : best;
      }
      ids[length] = best;
    }
    return Arrays.copyOfRange(ids, prompt.length, ids.length);
  }

  @Test
  void listenersHearEveryTokenOnceAndInOrder() {
    try (Engine engine = Engines.open(new HashModel())) {
      List<Integer> heard = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      List<Boolean> last = new ArrayList<>();
      GenerationResult result =
          engine
              .submit(
                  Engines.greedy(Fixtures.prompt(2, 10), 30),
                  token -> {
                    assertThat(token.index()).isEqualTo(heard.size());
                    heard.add(token.id());
                    text.append(token.text());
                    last.add(token.last());
                  })
              .await();
      assertThat(heard).containsExactlyElementsOf(Arrays.stream(result.ids()).boxed().toList());
      assertThat(text.toString()).isEqualTo(result.text());
      assertThat(result.text()).isEqualTo(Engines.tokenizer().decode(result.ids()));
      assertThat(last.indexOf(true)).isEqualTo(29);
    }
  }

  @Test
  void anEndTokenEndsTheAnswerAndAddsNoText() {
    int[] prompt = Fixtures.prompt(3, 20);
    int[] free = naiveGreedy(prompt, 20);
    try (Engine engine = Engines.open(new HashModel())) {
      SamplingParameters.Builder sampling =
          SamplingParameters.builder().temperature(0).maxTokens(20).stopToken(free[7]);
      GenerationResult result = Engines.run(engine, Engines.request(prompt, sampling));
      assertThat(result.ids()).isEqualTo(Arrays.copyOf(free, 8));
      assertThat(result.text()).isEqualTo(Engines.tokenizer().decode(Arrays.copyOf(free, 7)));
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void theContextEndsAnAnswer() {
    try (Engine engine =
        Engines.open(new HashModel(), 2, new EngineOptions.BatchOptions(4, 64, 10))) {
      GenerationResult result = Engines.run(engine, Engines.greedy(Fixtures.prompt(4, 100), 1000));
      assertThat(result.ids()).hasSize(28);
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() {
    try (Engine engine =
        Engines.open(new HashModel(), 2, new EngineOptions.BatchOptions(4, 64, 10))) {
      assertThatThrownBy(() -> Engines.run(engine, Engines.greedy(Fixtures.prompt(4, 128), 1)))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessage("prompt: expected at most 127 tokens, found 128");
    }
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    try (Engine engine = Engines.open(new HashModel())) {
      assertThatThrownBy(() -> Engines.run(engine, Engines.greedy(new int[] {1032}, 1)))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessage("prompt: expected ids below 1032, found 1032");
    }
  }

  @Test
  void aRequestForNoTokensComputesThePromptOnly() {
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationResult result = Engines.run(engine, Engines.greedy(Fixtures.prompt(5, 80), 0));
      assertThat(result.ids()).isEmpty();
      assertThat(result.usage().cacheMissTokens()).isEqualTo(80);
    }
  }

  @Test
  void cancellingEndsARequestWithWhatItHas() {
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationRequest request = Engines.greedy(Fixtures.prompt(6, 10), 2000);
      GenerationResult result = Engines.submitCancellingAfter(engine, request, 4).await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.ids()).hasSizeBetween(5, 6);
    }
  }

  @Test
  void aFullQueueTurnsRequestsAway() throws InterruptedException {
    HashModel model = new HashModel();
    java.util.concurrent.Semaphore gate = new java.util.concurrent.Semaphore(0);
    try (Engine engine = Engines.open(model, 64, new EngineOptions.BatchOptions(1, 64, 2))) {
      model.beforeForward = gate::acquireUninterruptibly;
      GenerationHandle first = engine.submit(Engines.greedy(new int[] {5}, 3), token -> {});
      while (engine.statistics().requests().running() == 0) {
        Thread.sleep(1);
      }
      GenerationHandle second = engine.submit(Engines.greedy(new int[] {6}, 3), token -> {});
      GenerationHandle third = engine.submit(Engines.greedy(new int[] {7}, 3), token -> {});
      assertThatThrownBy(() -> engine.submit(Engines.greedy(new int[] {8}, 3), token -> {}))
          .isInstanceOf(QueueFullException.class);
      assertThat(engine.statistics().requests().rejected()).isEqualTo(1);
      gate.release(1000);
      assertThat(List.of(first.await(), second.await(), third.await())).hasSize(3);
    }
  }

  @Test
  void aListenerThatThrowsEndsItsOwnRequestOnly() {
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationHandle broken =
          engine.submit(
              Engines.greedy(Fixtures.prompt(7, 10), 100),
              token -> {
                throw new IllegalStateException("no more room");
              });
      GenerationHandle whole =
          engine.submit(Engines.greedy(Fixtures.prompt(8, 10), 100), token -> {});
      assertThatThrownBy(broken::await)
          .isInstanceOf(GenerationException.class)
          .hasMessageContaining("no more room");
      assertThat(whole.await().ids()).isEqualTo(naiveGreedy(Fixtures.prompt(8, 10), 100));
    }
  }

  @Test
  void aFailingModelFailsTheRequestsInTheBatchAndNoOthers() {
    HashModel model = new HashModel();
    try (Engine engine = Engines.open(model)) {
      model.beforeForward =
          () -> {
            model.beforeForward = () -> {};
            throw new IllegalStateException("broken weights");
          };
      assertThatThrownBy(() -> Engines.run(engine, Engines.greedy(new int[] {5}, 3)))
          .isInstanceOf(GenerationException.class)
          .hasMessageContaining("broken weights");
      assertThat(Engines.run(engine, Engines.greedy(new int[] {5}, 3)).ids())
          .isEqualTo(naiveGreedy(new int[] {5}, 3));
      assertThat(engine.statistics().requests().failed()).isEqualTo(1);
    }
  }

  @Test
  void aClosedEngineTakesNothingAndLeavesNobodyWaiting() {
    Engine engine = Engines.open(new HashModel());
    GenerationHandle handle =
        engine.submit(Engines.greedy(Fixtures.prompt(9, 10), 2000), token -> {});
    engine.close();
    assertThat(handle.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThatThrownBy(() -> engine.submit(Engines.greedy(new int[] {5}, 3), token -> {}))
        .isInstanceOf(EngineClosedException.class);
  }

  @Test
  void drainingLetsRequestsEnd() {
    try (Engine engine = Engines.open(new HashModel())) {
      GenerationHandle handle =
          engine.submit(Engines.greedy(Fixtures.prompt(10, 10), 200), token -> {});
      engine.drain();
      assertThat(handle.done()).isTrue();
      assertThat(handle.await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void aBudgetTooSmallForTheContextIsRefused() {
    HashModel model = new HashModel();
    EngineOptions options = EngineOptions.of(2048, 1000, 1, System::nanoTime);
    assertThatThrownBy(() -> Engine.open(model, Engines.tokenizer(), options))
        .isInstanceOf(GenerationException.class)
        .hasMessageContaining("cache budget of 1000 bytes holds no block");
  }
}
