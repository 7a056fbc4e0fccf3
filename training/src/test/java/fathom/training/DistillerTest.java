package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.evaluation.SuiteReader;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class DistillerTest {
  private static final String REJECTION =
      """
      {"count": 6, "keep": 2, "lenient": true, "tasks": {"held_out": 0},
       "rollout": {"prompts": 2, "group_size": 3, "max_tokens": 80, "prompt_tokens": 32}}
      """;

  @TempDir Path folder;
  private Path tasks;

  /// The adder solves some of these; nobody can solve the others.
  @BeforeEach
  void writeTasks() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      int answer = i % 3 == 0 ? -1 : 110 + i;
      lines.append(
          "{\"question\": \"Add %d and 100.\", \"answer\": \"%d\"}%n".formatted(10 + i, answer));
    }
    tasks = Files.writeString(folder.resolve("tasks.jsonl"), lines);
  }

  private Distiller.Plan plan(String rejection) {
    String tuning =
        "{\"steps\": 2, \"batch\": {\"sequences\": 2, \"length\": 96}, \"tuning\": {\"held_out\":"
            + " 0}}";
    return new Distiller.Plan(
        TinyChat.ADDER,
        TinyChat.ADDER,
        tasks.toString(),
        MicroModel.json(rejection),
        MicroModel.json(tuning));
  }

  private boolean collect(Distiller distiller, RejectionSampler.Listener listener) {
    SuiteReader suites = new SuiteReader(Path.of("none"), () -> null);
    return distiller.collect(
        TinyChat.tokenizer(), suites, MicroModel.kernels(Workers.serial()), listener);
  }

  private static List<ObjectNode> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(MicroModel::json).toList();
  }

  @Test
  void onlyRightAnswersAreKeptAndOfEqualOnesOne() throws IOException {
    Distiller distiller = Distiller.start(new RunDirectory(folder.resolve("run")), plan(REJECTION));
    List<RejectionSampler.Progress> heard = new ArrayList<>();
    assertThat(collect(distiller, heard::add)).isTrue();
    assertThat(heard).extracting(RejectionSampler.Progress::tasks).containsExactly(2, 4, 6);
    List<ObjectNode> kept = lines(distiller.answers());
    assertThat(kept).hasSize(heard.getLast().kept()).hasSizeBetween(2, 8);
    for (ObjectNode line : kept) {
      String question = line.get("question").asString();
      int first = Integer.parseInt(question.replaceAll("Add (\\d+) and 100\\.", "$1"));
      assertThat(line.get("answer").asString()).isEqualTo(String.valueOf(first + 100));
      assertThat(line.get("reasoning").asString()).contains("write");
    }
    assertThat(kept).doesNotHaveDuplicates();
  }

  @Test
  void aCollectionThatWasStoppedGoesOnToTheSameFile() throws IOException {
    Distiller whole = Distiller.start(new RunDirectory(folder.resolve("whole")), plan(REJECTION));
    assertThat(collect(whole, progress -> true)).isTrue();
    Path path = folder.resolve("parts");
    Distiller first = Distiller.start(new RunDirectory(path), plan(REJECTION));
    assertThat(collect(first, progress -> false)).isFalse();
    Files.writeString(
        first.answers(), Files.readString(first.answers()) + "{\"half a line of a killed run");
    assertThat(collect(Distiller.resume(new RunDirectory(path)), progress -> true)).isTrue();
    assertThat(first.answers()).hasSameBinaryContentAs(whole.answers());
  }

  @Test
  void theStudentLearnsTheAnswers() throws IOException {
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    Distiller distiller = Distiller.start(run, plan(REJECTION));
    assertThat(collect(distiller, progress -> true)).isTrue();
    StartingPoint student = new StartingPoint(TinyChat.ADDER, TinyChat.tokenizer());
    try (SupervisedFineTuner tuner =
        SupervisedFineTuner.start(
            run,
            student,
            distiller.answers(),
            distiller.plan().tuning(),
            MicroModel.kernels(Workers.serial()))) {
      tuner.train((step, steps, line) -> {});
    }
    assertThat(RunChecks.metrics(run.path())).hasSize(2);
    // Complete already: the teacher is not asked again.
    assertThat(collect(Distiller.resume(run), progress -> false)).isTrue();
  }

  @Test
  void aTeacherThatCannotAnswerIsRefused() throws IOException {
    Files.writeString(tasks, "{\"question\": \"Add 1 and 1.\", \"answer\": \"three\"}");
    Distiller distiller = Distiller.start(new RunDirectory(folder.resolve("run")), plan(REJECTION));
    assertThatThrownBy(() -> collect(distiller, progress -> true))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("none right of 18 answers");
  }

  @Test
  void refusesToStartOverADistillationAndToResumeNone() {
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    assertThatThrownBy(() -> Distiller.resume(run))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected a distillation");
    Distiller.start(run, plan(REJECTION));
    assertThatThrownBy(() -> Distiller.start(run, plan(REJECTION)))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected no run there");
  }

  @Test
  void refusesARecipeThatMakesNoSense() {
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    assertThatThrownBy(() -> Distiller.start(run, plan("{\"keep\": 0}")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("keep");
  }
}
