package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.evaluation.Response;
import fathom.evaluation.Split;
import fathom.evaluation.Suite;
import fathom.evaluation.SuiteReader;
import fathom.evaluation.Task;
import fathom.evaluation.TaskFamily;
import fathom.evaluation.families.TaskFamilies;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProblemsCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(new StringWriter()), new PrintWriter(err));
  }

  private List<JsonNode> written(String... options) throws IOException {
    Path file = folder.resolve("rows.jsonl");
    List<String> args = new ArrayList<>(List.of("problems", "--out", file.toString()));
    args.addAll(List.of(options));
    assertThat(run(args.toArray(String[]::new))).as(err.toString()).isZero();
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      rows.add(JSON.readTree(line));
    }
    return rows;
  }

  @Test
  void tasksAreASuiteThatEvaluateReads() throws IOException {
    written("--count", "60", "--seed", "5");

    Suite suite = new SuiteReader(folder, () -> null).read(folder + "/rows.jsonl");

    assertThat(suite.tasks()).hasSize(60);
    assertThat(suite.tasks().stream().map(Task::family).distinct().count())
        .isEqualTo(TaskFamilies.reasoning().size());
  }

  @Test
  void noQuestionStandsOnTheHeldOutSide() throws IOException {
    Set<String> heldOut =
        TaskFamilies.reasoning().stream()
            .flatMap(family -> heldOut(family).stream())
            .collect(Collectors.toSet());

    for (JsonNode row : written("--count", "2000")) {
      assertThat(heldOut).doesNotContain(row.path("question").asString());
    }
  }

  @Test
  void withoutTasksThereIsOnlyTalkAndWhatIsTurnedDown() throws IOException {
    List<JsonNode> mixed = written("--count", "300", "--as", "chat");
    List<JsonNode> talk = written("--count", "300", "--as", "chat", "--without-tasks");

    assertThat(mixed).anyMatch(row -> row.toString().contains("The answer is"));
    assertThat(talk).hasSize(300).noneMatch(row -> row.toString().contains("The answer is"));
    assertThat(talk).anyMatch(row -> row.toString().contains("I do not guess. I say so."));
    assertThat(run("problems", "--count", "3", "--without-tasks", "--out", folder + "/x"))
        .isEqualTo(2);
  }

  @Test
  void guessesAnswerTheSameQuestionsWithoutTheSteps() throws IOException {
    List<JsonNode> worked = written("--as", "chat", "--count", "200", "--guesses", "0");
    List<JsonNode> guessed = written("--as", "chat", "--count", "200", "--guesses", "100");
    int shorter = 0;

    for (int i = 0; i < worked.size(); i++) {
      JsonNode steps = worked.get(i).path("messages").path(1);
      JsonNode guess = guessed.get(i).path("messages").path(1);
      String reasoning = guess.path("reasoning_content").asString("");

      assertThat(guessed.get(i).path("messages").path(0))
          .isEqualTo(worked.get(i).path("messages").path(0));
      assertThat(reasoning).doesNotContain("\n");
      assertThat(steps.path("reasoning_content").asString("")).endsWith(reasoning);
      assertThat(guess.path("content").asString()).endsWith(lastLine(steps));
      shorter += reasoning.length() < steps.path("reasoning_content").asString("").length() ? 1 : 0;
    }
    assertThat(shorter).isGreaterThan(80);
  }

  private static String lastLine(JsonNode message) {
    String content = message.path("content").asString();
    return content.substring(content.lastIndexOf('\n') + 1);
  }

  @Test
  void someTextsAreDialoguesWithoutMarks() throws IOException {
    List<JsonNode> rows = written("--as", "text", "--count", "300", "--dialogues", "30");

    long plain = rows.stream().filter(r -> !r.path("text").asString().contains("<｜User｜>")).count();

    assertThat(plain).isBetween(60L, 120L);
    assertThat(rows)
        .filteredOn(r -> !r.path("text").asString().contains("<｜User｜>"))
        .allSatisfy(
            r ->
                assertThat(r.path("text").asString())
                    .contains("User: ")
                    .contains(" Assistant: ")
                    .endsWith("<｜end▁of▁sentence｜>"));
  }

  @Test
  void aShareOfGuessesBeyondAHundredIsRefused() {
    int code =
        run(
            "problems",
            "--count",
            "1",
            "--guesses",
            "101",
            "--out",
            folder.resolve("x").toString());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).contains("--guesses: expected 0 to 100, found 101");
  }

  private static List<String> heldOut(TaskFamily family) {
    List<String> questions = new ArrayList<>();
    for (int seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      questions.add(family.generate(Split.HELD_OUT, 1 + seed % 5, random).task().question());
    }
    return questions;
  }

  @Test
  void weightsAndDifficultiesAreKept() throws IOException {
    String[] none =
        TaskFamilies.reasoning().stream()
            .filter(family -> !family.name().equals("addition"))
            .map(family -> "--family=" + family.name() + "=0")
            .toArray(String[]::new);
    List<String> options = new ArrayList<>(List.of("--count", "20", "--difficulty", "2-3"));
    options.addAll(List.of(none));

    for (JsonNode row : written(options.toArray(String[]::new))) {
      assertThat(row.path("family").asString()).isEqualTo("addition");
      assertThat(row.path("difficulty").asInt()).isBetween(2, 3);
    }
  }

  @Test
  void chatsEndWithTheAssistantAndThinkOrNot() throws IOException {
    List<JsonNode> rows = written("--count", "300", "--as", "chat");

    long thinking = 0;
    for (JsonNode row : rows) {
      JsonNode messages = row.path("messages");
      JsonNode last = messages.get(messages.size() - 1);
      assertThat(messages.size()).isEqualTo(2);
      assertThat(last.path("role").asString()).isEqualTo("assistant");
      assertThat(last.path("content").asString()).isNotBlank();
      assertThat(last.has("reasoning_content")).isEqualTo(row.path("thinking").asBoolean());
      thinking += row.path("thinking").asBoolean() ? 1 : 0;
    }
    assertThat(thinking).isBetween(200L, 299L);
  }

  @Test
  void textsAreWellFormedInTheTemplatesLayout() throws IOException {
    for (JsonNode row : written("--count", "200", "--as", "text")) {
      String text = row.path("text").asString();
      assertThat(text)
          .startsWith("<｜begin▁of▁sentence｜><｜User｜>")
          .endsWith("<｜end▁of▁sentence｜>")
          .contains("<｜Assistant｜>");
      String last = text.substring(text.lastIndexOf("<｜Assistant｜>") + 13);
      Response response = Response.parse(last.replace("<｜end▁of▁sentence｜>", ""));
      assertThat(response.complete()).as(text).isTrue();
    }
  }

  @Test
  void requestsWithDigitsAreNotTurnedDown() throws IOException {
    Path requests =
        Files.writeString(
            folder.resolve("requests.jsonl"),
            "{\"prompt\": \"Draw me a sheep.\"}\n{\"prompt\": \"Add 4 and 5.\"}\n");
    int declined = 0;
    for (JsonNode row :
        written("--count", "500", "--as", "text", "--unanswerable", requests.toString())) {
      String text = row.path("text").asString();
      assertThat(text).doesNotContain("Add 4 and 5.");
      declined += text.contains("sheep") ? 1 : 0;
    }
    assertThat(declined).isPositive();
  }

  @Test
  void preparedConversationsHaveMarksAsSingleTokensAndDigitsApart() throws IOException {
    written("--count", "400", "--as", "text");
    Path data = folder.resolve("data");

    assertThat(
            run(
                "prepare",
                folder + "/rows.jsonl",
                "--conversations",
                "--vocabulary",
                "512",
                "--held-out",
                "0.1",
                "--out",
                data.toString()))
        .as(err.toString())
        .isZero();

    Tokenizer tokenizer = Tokenizer.open(data.resolve("tokenizer"));
    assertThat(tokenizer.encode("<｜User｜>4817<｜Assistant｜><think>\n")).hasSize(8);
    assertThat(tokenizer.chatTemplate().orElseThrow().source())
        .isEqualTo(ThinkingTemplate.source());
  }

  @Test
  void refusesUnknownFamiliesAndRanges() {
    String file = folder.resolve("x.jsonl").toString();
    assertThat(run("problems", "--count", "5", "--out", file, "--family", "poetry=2")).isEqualTo(1);
    assertThat(err.toString()).contains("poetry");
    assertThat(run("problems", "--count", "5", "--out", file, "--difficulty", "0-9")).isEqualTo(2);
    assertThat(run("problems", "--count", "0", "--out", file)).isEqualTo(2);
    assertThat(Path.of(file)).doesNotExist();
  }
}
