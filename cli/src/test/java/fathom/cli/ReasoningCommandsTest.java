package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReasoningCommandsTest {
  @TempDir Path folder;
  private Path chats;
  private Path tasks;
  private Path run;

  @BeforeEach
  void writeData() throws IOException {
    StringBuilder conversations = new StringBuilder();
    StringBuilder questions = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      String question = "Add %d and 1%d.".formatted(20 + i, i);
      int answer = 20 + i + 10 + i;
      conversations.append(
          "{\"question\": \"%s\", \"reasoning\": \"so\", \"answer\": \"%d\"}%n"
              .formatted(question, answer));
      questions.append("{\"question\": \"%s\", \"answer\": \"%d\"}%n".formatted(question, answer));
    }
    chats = Files.writeString(folder.resolve("chats.jsonl"), conversations);
    tasks = Files.writeString(folder.resolve("tasks.jsonl"), questions);
    run = folder.resolve("run");
  }

  private CommandRun sft(Object... more) {
    Object[] all = {
      "sft",
      "--model",
      CommandRun.ADDER,
      "--data",
      chats,
      "--out",
      run,
      "--steps",
      2,
      "--batch",
      1,
      "--length",
      96,
      "--kernels",
      "vector"
    };
    return CommandRun.of(join(all, more));
  }

  private static Object[] join(Object[] first, Object... second) {
    Object[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private List<String> metrics() throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl"));
  }

  @Test
  void sftTunesAModelThatServesAgain() throws IOException {
    CommandRun tuned = sft("--lora-rank", 2);
    assertThat(tuned.exitCode()).as(tuned.err()).isZero();
    assertThat(metrics()).hasSize(2);
    CommandRun answer =
        CommandRun.of(
            "generate",
            "--model",
            run.resolve("checkpoints/last"),
            "--prompt",
            "Add",
            "--max-tokens",
            4);
    assertThat(answer.exitCode()).as(answer.err()).isZero();
  }

  @Test
  void sftRefusesToStartOverARunAndGoesOnWithIt() throws IOException {
    assertThat(sft().exitCode()).isZero();
    CommandRun again = sft();
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err()).contains("has a run already; go on with it by --resume");
    assertThat(CommandRun.of("sft", "--resume", run, "--kernels", "vector").exitCode()).isZero();
    assertThat(metrics()).hasSize(2);
  }

  @Test
  void rlPractisesReportsAndLists() throws IOException {
    CommandRun trained =
        CommandRun.of(
            "rl",
            "--model",
            CommandRun.ADDER,
            "--data",
            tasks,
            "--out",
            run,
            "--steps",
            1,
            "--prompts",
            2,
            "--group",
            2,
            "--max-tokens",
            60,
            "--rewards",
            "lenient=1,format=0.5",
            "--validation-tasks",
            1,
            "--beta",
            0.1,
            "--no-standardise",
            "--kernels",
            "vector");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(metrics()).hasSize(2);
    assertThat(metrics().getLast()).contains("\"reward_lenient\":", "\"reward_format\":");
    assertThat(CommandRun.of("report", run).exitCode()).isZero();
    assertThat(run.resolve("report.html")).content().contains("Before and after");
    assertThat(CommandRun.of("runs", folder).out()).contains("rl", "1/     1");
    assertThat(CommandRun.of("rl", "--resume", run, "--kernels", "vector").exitCode()).isZero();
  }

  @Test
  void distillTeachesTheTeachersRightAnswersAndItsDoubts() throws IOException {
    CommandRun taught =
        CommandRun.of(
            "distill",
            "--model",
            CommandRun.ADDER,
            "--teacher",
            CommandRun.ADDER,
            "--data",
            tasks,
            "--out",
            run,
            "--tasks",
            4,
            "--samples",
            2,
            "--lenient",
            "--max-tokens",
            60,
            "--kl-weight",
            0.5,
            "--steps",
            1,
            "--batch",
            1,
            "--length",
            96,
            "--kernels",
            "vector");
    assertThat(taught.exitCode()).as(taught.err()).isZero();
    assertThat(taught.err()).contains("4 of 4 tasks put");
    assertThat(Files.readAllLines(run.resolve("data/answers.jsonl"))).isNotEmpty();
    assertThat(metrics()).hasSize(1);
    CommandRun resumed = CommandRun.of("distill", "--resume", run, "--kernels", "vector");
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sft --model x|sft: expected --model, --data and --out, or --resume RUN",
        "rl --data generated|rl: expected --model, --data and --out, or --resume RUN",
        "distill --teacher x|distill: expected --model, --teacher, --data and --out",
        "sft --resume|--resume: expected a run",
        "rl --resume /nowhere|expected a run with a checkpoint, found none",
        "distill --resume /nowhere|expected a distillation, found none",
        "rl --model m --data generated --out o --difficulty 3-9|--difficulty: expected 1 to 5",
        "rl --model m --data generated --out o --template r2|--template: expected chat or r1-zero",
      })
  void whatIsMissingIsSaidInOneLine(String line, String message) {
    CommandRun failed = CommandRun.of((Object[]) line.split(" ", -1));
    assertThat(failed.exitCode()).isNotZero();
    assertThat(failed.errorLines()).hasSize(1);
    assertThat(failed.err()).contains(message);
  }

  @Test
  void badRewardsAreNamedBeforeTheModelIsRead() {
    CommandRun failed =
        CommandRun.of(
            "rl",
            "--model",
            CommandRun.ADDER,
            "--data",
            tasks,
            "--out",
            run,
            "--rewards",
            "luck=1");
    assertThat(failed.exitCode()).isNotZero();
    assertThat(failed.err()).contains("tasks.rewards: expected names among [accuracy, lenient");
  }
}
