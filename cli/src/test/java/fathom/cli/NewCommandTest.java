package fathom.cli;

import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewCommandTest {
  @TempDir private Path folder;

  @Test
  void makesADirectoryThatGenerates() {
    Path model = folder.resolve("tiny");
    CommandRun run = CommandRun.of("new", "--preset", "tiny", "--out", model);
    assertThat(run.exitCode()).as(run.err()).isZero();
    CommandRun text =
        CommandRun.of("generate", "-m", model, "--prompt", "Hello", "--max-tokens", 4, "--json");
    assertThat(text.json().get("ids").size()).as(text.err()).isPositive();
  }

  @Test
  void makesOneFileInAQuantisedFormat() throws IOException {
    Path model = folder.resolve("tiny.gguf");
    CommandRun run =
        CommandRun.of(
            "new",
            "--config",
            FIXTURES.resolve("models/deepseek-v3-tiny/config.json"),
            "--type",
            "q8_0",
            "--out",
            model);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(CommandRun.of("inspect", model, "--json").json().get("bytes_by_type").has("Q8_0"))
        .isTrue();
    try (var files = Files.list(folder)) {
      assertThat(files).as("nothing beside it").containsExactly(model);
    }
  }

  @Test
  void sameSeedSameWeights() throws IOException {
    Path[] files = new Path[3];
    for (int i = 0; i < 3; i++) {
      files[i] = Files.createDirectory(folder.resolve("" + i)).resolve("same-name.gguf");
      int seed = i < 2 ? 5 : 6;
      CommandRun.of("new", "--preset", "tiny", "--seed", seed, "--type", "f32", "--out", files[i]);
    }
    assertThat(Files.mismatch(files[0], files[1])).isEqualTo(-1);
    assertThat(Files.mismatch(files[0], files[2])).isNotEqualTo(-1);
  }

  @Test
  void doesNotOverwriteAModel() throws IOException {
    Path file = Files.writeString(folder.resolve("kept.gguf"), "mine");
    CommandRun run = CommandRun.of("new", "--preset", "tiny", "--out", file);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("exists already");
    assertThat(file).hasContent("mine");
  }

  @Test
  void namesThePresetsWhenOneIsUnknown() {
    CommandRun run = CommandRun.of("new", "--preset", "v9", "--out", folder.resolve("x"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("v9").contains("v2-lite");
  }

  @Test
  void saysWhatIsWrongInAConfiguration() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{\"model_type\": \"deepseek_v3\", \"hidden_size\": -4}");
    CommandRun run = CommandRun.of("new", "--config", config, "--out", folder.resolve("x"));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("expected").doesNotContain("\tat ");
    Files.writeString(config, "[1, 2");
    CommandRun broken = CommandRun.of("new", "--config", config, "--out", folder.resolve("x"));
    assertThat(broken.exitCode()).isEqualTo(2);
    assertThat(broken.err()).contains("expected JSON");
  }
}
