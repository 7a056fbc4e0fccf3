package fathom.cli;

import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.training.TokenDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainCommandTest {
  @TempDir private static Path folder;
  private Path text = Path.of("");
  private Path run = Path.of("");

  @BeforeAll
  void trainsFourSteps() throws IOException {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      words.append("The fox counts ").append(i * 37 % 101).append(" hens and sleeps.\n\n");
    }
    text = Files.writeString(folder.resolve("fox.txt"), words);
    run = folder.resolve("run");
    CommandRun train = train(run, 4);
    assertThat(train.exitCode()).as(train.err()).isZero();
  }

  private static CommandRun train(Path out, Path data) {
    return CommandRun.of("train", "--config", "tiny", "--data", data, "--out", out);
  }

  private CommandRun train(Path out, int steps) {
    return CommandRun.of(arguments(out, steps).toArray());
  }

  private List<Object> arguments(Path out, int steps) {
    return List.of(
        "train",
        "--config",
        FIXTURES.resolve("models/deepseek-v3-tiny/config.json"),
        "--data",
        text,
        "--out",
        out,
        "--steps",
        steps,
        "--batch",
        2,
        "--length",
        16,
        "--seed",
        5,
        "--checkpoint-every",
        2,
        "--validate-every",
        2,
        "--held-out",
        "0.1",
        "--threads",
        2);
  }

  @Test
  void aTerminatedRunKeepsItsLastStepAndEndsAtOnce() throws Exception {
    Path terminated = folder.resolve("terminated");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "fathom.cli.Main"));
    arguments(terminated, 1_000_000).forEach(argument -> command.add(argument.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("terminated.log").toFile())
            .start();
    Path firstStep = terminated.resolve("metrics.jsonl"); // the first checkpoint is there before it
    while (process.isAlive() && (!Files.exists(firstStep) || Files.size(firstStep) == 0)) {
      Thread.sleep(50);
    }

    process.destroy();

    assertThat(process.waitFor(30, TimeUnit.SECONDS))
        .as("ends before the grace of a minute is over")
        .isTrue();
    int steps = metrics(terminated).size();
    assertThat(Files.readSymbolicLink(terminated.resolve("checkpoints/last")).toString())
        .endsWith("%08d".formatted(steps));
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream().map(Json::parse).toList();
  }

  @Test
  void metricsHaveTheFieldsThatScriptsRelyOn() throws IOException {
    List<JsonNode> lines = metrics(run);
    assertThat(lines).hasSize(4);
    assertThat(lines.getLast().propertyNames())
        .contains(
            "step",
            "tokens",
            "loss",
            "mtp_loss",
            "lr",
            "grad_norm",
            "tokens_per_second",
            "val_loss",
            "val_bits_per_byte");
    assertThat(lines.getLast().get("step").intValue()).isEqualTo(4);
    assertThat(lines.getLast().get("tokens").intValue()).isEqualTo(4 * 2 * 16);
  }

  @Test
  void whatItLeavesGenerates() {
    CommandRun answer =
        CommandRun.of(
            "generate",
            "-m",
            run.resolve("checkpoints/last"),
            "--prompt",
            "The fox",
            "--max-tokens",
            5,
            "--json");
    assertThat(answer.exitCode()).as(answer.err()).isZero();
    assertThat(answer.json().get("ids").size()).isPositive();
  }

  @Test
  void aFinishedRunIsNotTrainedOn() throws IOException {
    CommandRun again = CommandRun.of("train", "--resume", run);
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(metrics(run)).hasSize(4);
  }

  @Test
  void doesNotTrainOverAnotherRun() throws IOException {
    CommandRun over = train(run, 8);
    assertThat(over.exitCode()).isNotZero();
    assertThat(over.err()).contains(run.toString());
    assertThat(metrics(run)).hasSize(4);
  }

  @Test
  void listsRunsAndWritesAPageThatNeedsNothingElse() throws IOException {
    assertThat(CommandRun.of("runs", folder).out()).contains("run").contains("4/     4");
    Path page = folder.resolve("page.html");
    assertThat(CommandRun.of("report", run, "--out", page).exitCode()).isZero();
    assertThat(Files.readString(page)).contains("<svg").doesNotContain("src=\"http", "href=\"http");
  }

  @Test
  void saysWhatIsMissingOrWrong() throws IOException {
    CommandRun nothing = CommandRun.of("train", "--out", folder.resolve("a"));
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("--data");
    Path recipe = Files.writeString(folder.resolve("recipe.json"), "{\"stepz\": 3}");
    CommandRun unknown =
        CommandRun.of(
            "train",
            "--config",
            "tiny",
            "--data",
            text,
            "--out",
            folder.resolve("b"),
            "--recipe",
            recipe);
    assertThat(unknown.exitCode()).isNotZero();
    assertThat(unknown.err()).contains("recipe.json").contains("stepz").doesNotContain("\tat ");
    assertThat(folder.resolve("b")).doesNotExist();
    CommandRun absent = train(folder.resolve("c"), folder.resolve("absent.txt"));
    assertThat(absent.exitCode()).isEqualTo(1);
    assertThat(absent.err()).contains("absent.txt: no such file or directory");
    CommandRun stretched =
        CommandRun.of(
            "train", "--config", "tiny", "--extend-context", 4, "--data", text, "--out", run);
    assertThat(stretched.exitCode()).isEqualTo(2);
    CommandRun none = CommandRun.of("train", "--resume", folder.resolve("none"));
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.errorLines()).hasSize(1);
  }

  @Test
  void prepareDropsCopiesAndSaysSo() {
    Path data = folder.resolve("prepared");
    CommandRun prepare = CommandRun.of("prepare", text, text, "--out", data, "--vocabulary", 300);
    assertThat(prepare.exitCode()).as(prepare.err()).isZero();
    assertThat(prepare.out()).contains("2 documents", "1 copies");
    assertThat(TokenDataset.isDataset(data)).isTrue();
    CommandRun missing = CommandRun.of("prepare", "/no/such/text", "--out", data);
    assertThat(missing.exitCode()).isEqualTo(2);
  }
}
