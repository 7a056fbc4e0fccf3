package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertCommandTest {
  @TempDir private Path folder;

  @Test
  void thereAndBackLeavesEveryTensorAsItWas() {
    Path gguf = folder.resolve("adder.gguf");
    Path back = folder.resolve("adder");
    assertThat(CommandRun.of("convert", ADDER, gguf, "--type", "f32").exitCode()).isZero();
    assertThat(CommandRun.of("convert", gguf, back, "--type", "f32").exitCode()).isZero();
    try (Checkpoint before = Checkpoint.open(Path.of(ADDER));
        Checkpoint after = Checkpoint.open(back)) {
      assertThat(after.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(before.tensors().keySet());
      for (TensorEntry tensor : before.tensors().values()) {
        TensorEntry same = after.tensor(tensor.name());
        assertThat(same.shape()).as(tensor.name()).isEqualTo(tensor.shape());
        assertThat(after.floats(tensor.name()).toArray(0))
            .as(tensor.name())
            .isEqualTo(before.floats(tensor.name()).toArray(0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "q8_0"})
  void theConvertedModelStillAdds(String type) {
    Path gguf = folder.resolve("adder.gguf");
    CommandRun convert = CommandRun.of("convert", ADDER, gguf, "--type", type);
    assertThat(convert.exitCode()).as(convert.err()).isZero();
    CommandRun run =
        CommandRun.of(
            "generate", "-m", gguf, "--chat", "--temperature", 0, "--prompt", "Compute 12 + 88");
    assertThat(run.out()).as(run.err()).endsWith("\n\n100\n");
  }

  @Test
  void readsASplitSetFromItsFirstFile() {
    Path first = FIXTURES.resolve("gguf/deepseek-v2-lite-tiny.Q8_0-00001-of-00003.gguf");
    Path out = folder.resolve("whole");
    CommandRun run = CommandRun.of("convert", first, out, "--type", "bf16");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(out.resolve("config.json")).exists();
    assertThat(out.resolve("tokenizer.json")).exists();
  }

  @Test
  void refusesAnUnknownTypeAndLeavesNothing() {
    CommandRun run = CommandRun.of("convert", ADDER, folder.resolve("x.gguf"), "--type", "q9_9");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("q9_9").contains("q8_0");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTruncatedFileIsOneSentenceAndLeavesNothing() throws IOException {
    byte[] whole = Files.readAllBytes(FIXTURES.resolve("gguf/qwen2-tiny.Q8_0.gguf"));
    Path broken = folder.resolve("broken.gguf");
    Files.write(broken, java.util.Arrays.copyOf(whole, whole.length / 2));
    CommandRun run = CommandRun.of("convert", broken, folder.resolve("out"), "--type", "bf16");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).contains("broken.gguf");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void doesNotOverwriteItsOwnInput() throws IOException {
    Path gguf = folder.resolve("same.gguf");
    Files.copy(FIXTURES.resolve("gguf/qwen2-tiny.Q8_0.gguf"), gguf);
    byte[] before = Files.readAllBytes(gguf);
    CommandRun run = CommandRun.of("convert", gguf, gguf, "--type", "q4_0");
    assertThat(run.exitCode()).as(run.err()).isNotZero();
    assertThat(Files.readAllBytes(gguf)).isEqualTo(before);
  }
}
