package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import fathom.evaluation.families.TaskFamilies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class EvaluationTest {
  @TempDir Path folder;

  private static Task task(String id, String answer, String family) {
    return new Task(id, "Say " + answer + "!", answer, new MathChecker(), family, 1, "test");
  }

  private static final Suite SUITE =
      new Suite(
          "four",
          List.of(
              task("a", "1", "odd"),
              task("b", "2", "even"),
              task("c", "3", "odd"),
              task("d", "4", "even")));

  /// Answers small numbers rightly.
  private static CompletableFuture<Response> upToTwo(Prompt prompt) {
    int number = Integer.parseInt(prompt.question().replaceAll("\\D", ""));
    return CompletableFuture.supplyAsync(
        () ->
            Response.parse(
                "<think>so</think>The answer is " + Math.min(number, 2) + ".", "stop", 5));
  }

  @Test
  void scoresFamiliesAndTheWhole() throws IOException {
    EvaluationResult result =
        new Evaluation(SUITE, EvaluationTest::upToTwo, EvaluationSettings.greedy(50), folder)
            .run(_ -> {});
    assertThat(result.overall().passAt1()).isEqualTo(0.5);
    assertThat(result.overall().ci95()).isEqualTo(Statistics.wilson(2, 4));
    assertThat(result.byFamily().get("odd").passAt1()).isEqualTo(0.5);
    assertThat(result.meanTokens()).isEqualTo(5);
    JsonNode json = new ObjectMapper().readTree(Files.readString(folder.resolve("result.json")));
    assertThat(json.get("suite").asString()).isEqualTo("four");
    assertThat(json.get("n").asInt()).isEqualTo(4);
    assertThat(json.get("pass_at_1").asDouble()).isEqualTo(0.5);
    assertThat(json.get("ci95")).hasSize(2);
    assertThat(json.get("by_family").get("even").get("n").asInt()).isEqualTo(2);
    assertThat(result.table()).contains("even").contains("all");
  }

  @Test
  void aKilledRunAsksOnlyForTheRestAndComesToTheSameResult() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    Answerer dying =
        prompt ->
            asked.incrementAndGet() > 2
                ? CompletableFuture.failedFuture(new AnswerException("gone"))
                : upToTwo(prompt);
    EvaluationSettings settings = new EvaluationSettings(1, 0, 1, 50, 0, 1);
    assertThatThrownBy(() -> new Evaluation(SUITE, dying, settings, folder).run(_ -> {}))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("2 answers")
        .hasMessageContaining("gone");
    Files.writeString(
        folder.resolve("transcripts.jsonl"), "{\"task\":\"c\",\"sam", StandardOpenOption.APPEND);
    AtomicInteger rest = new AtomicInteger();
    EvaluationResult resumed =
        new Evaluation(
                SUITE,
                p -> {
                  rest.incrementAndGet();
                  return upToTwo(p);
                },
                settings,
                folder)
            .run(_ -> {});
    assertThat(rest).hasValue(2);
    assertThat(Files.readAllLines(folder.resolve("transcripts.jsonl"))).hasSize(4);
    EvaluationResult whole =
        new Evaluation(SUITE, EvaluationTest::upToTwo, settings, folder.resolve("other"))
            .run(_ -> {});
    assertThat(resumed.json()).isEqualTo(whole.json());
  }

  @Test
  void passAndMajorityAtKComeFromTheSamples() {
    Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    Answerer twoOfThree =
        prompt -> {
          int call =
              calls.computeIfAbsent(prompt.question(), _ -> new AtomicInteger()).getAndIncrement();
          String right = prompt.question().replaceAll("\\D", "");
          String answer = call == 0 ? "99" : call == 1 ? right : right + ".0";
          return CompletableFuture.completedFuture(Response.parse("The answer is " + answer + "."));
        };
    EvaluationSettings settings = new EvaluationSettings(3, 0.6, 0.95, 50, 7, 1);
    EvaluationResult result = new Evaluation(SUITE, twoOfThree, settings, folder).run(_ -> {});
    assertThat(result.overall().passAt1()).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(result.passAtK().get(3)).isEqualTo(1);
    assertThat(result.majorityAtK().get(1)).isZero();
    assertThat(result.majorityAtK().get(3)).isEqualTo(1);
  }

  @Test
  void keepsTheAskedNumberInFlightAndNeverMore() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Answerer slow =
        prompt -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          return CompletableFuture.supplyAsync(
              () -> {
                try {
                  Thread.sleep(20);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                now.decrementAndGet();
                return Response.parse("The answer is 1.");
              },
              task -> Thread.startVirtualThread(task));
        };
    Suite many =
        new GeneratedSuite(TaskFamilies.reasoning(), Split.HELD_OUT, 1, 2, 5).suite("many", 60);
    new Evaluation(many, slow, new EvaluationSettings(1, 0, 1, 50, 0, 8), folder).run(_ -> {});
    assertThat(most.get()).isBetween(2, 8);
  }

  @Test
  void aFolderOfAnotherRunIsRefused() {
    new Evaluation(SUITE, EvaluationTest::upToTwo, EvaluationSettings.greedy(50), folder)
        .run(_ -> {});
    assertThatThrownBy(
            () ->
                new Evaluation(
                        SUITE, EvaluationTest::upToTwo, EvaluationSettings.greedy(60), folder)
                    .run(_ -> {}))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("take another folder");
  }

  @Test
  void aDamagedTranscriptIsNamedWithItsLine() throws IOException {
    new Evaluation(SUITE, EvaluationTest::upToTwo, EvaluationSettings.greedy(50), folder)
        .run(_ -> {});
    Files.writeString(folder.resolve("transcripts.jsonl"), "{}\n", StandardOpenOption.APPEND);
    assertThatThrownBy(
            () ->
                new Evaluation(
                        SUITE, EvaluationTest::upToTwo, EvaluationSettings.greedy(50), folder)
                    .run(_ -> {}))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("line 5");
  }

  @Test
  void aSourceThatNeverAnswersIsGivenUp() {
    AtomicInteger asked = new AtomicInteger();
    Answerer broken =
        _ -> {
          asked.incrementAndGet();
          throw new AnswerException("no such model");
        };
    Suite many =
        new GeneratedSuite(TaskFamilies.reasoning(), Split.HELD_OUT, 1, 2, 5).suite("many", 300);
    assertThatThrownBy(
            () -> new Evaluation(many, broken, EvaluationSettings.greedy(9), folder).run(_ -> {}))
        .hasMessageContaining("no such model");
    assertThat(asked.get()).isLessThan(60);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new EvaluationSettings(4, 0, 1, 10, 0, 1))
        .hasMessageContaining("greedy");
    assertThatThrownBy(() -> new EvaluationSettings(0, 1, 1, 10, 0, 1))
        .hasMessageContaining("samples");
    assertThatThrownBy(() -> new EvaluationSettings(1, 1, 0, 10, 0, 1))
        .hasMessageContaining("top_p");
    assertThatThrownBy(() -> new EvaluationSettings(1, 1, 1, 0, 0, 1))
        .hasMessageContaining("max_tokens");
    assertThatThrownBy(() -> new EvaluationSettings(1, Double.NaN, 1, 1, 0, 1))
        .hasMessageContaining("temperature");
  }
}
