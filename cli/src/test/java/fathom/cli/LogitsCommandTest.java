package fathom.cli;

import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogitsCommandTest {
  @TempDir private Path folder;

  private static String ids(Path model) throws IOException {
    byte[] golden = Files.readAllBytes(model.resolve("golden.json"));
    JsonNode ids = JsonMapper.shared().readTree(golden).at("/prompts/short/ids");
    return ids.toString().replaceAll("[\\[\\] ]", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3-tiny", "deepseek-v2-lite-tiny", "qwen2-tiny", "llama-tiny"})
  void writesTheGoldenLogits(String name) throws IOException {
    Path model = FIXTURES.resolve("models").resolve(name);
    Path out = folder.resolve("logits.safetensors");
    CommandRun run = CommandRun.of("logits", "--model", model, "--ids", ids(model), "--out", out);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertSame(out, "logits", model, "short.logits");
  }

  @Test
  void addsHiddenStatesRouterAndDraft() throws IOException {
    Path model = FIXTURES.resolve("models/deepseek-v3-tiny");
    Path out = folder.resolve("all.safetensors");
    CommandRun run =
        CommandRun.of(
            "logits",
            "--model",
            model,
            "--ids",
            ids(model),
            "--out",
            out,
            "--hidden",
            "--router",
            "--mtp");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertSame(out, "logits", model, "short.logits");
    assertSame(out, "hidden.embed", model, "short.hidden.embed");
    assertSame(out, "hidden.0", model, "short.hidden.layer0");
    assertSame(out, "hidden.3", model, "short.hidden.layer3");
    assertSame(out, "hidden.4", model, "short.hidden.final_norm");
    assertSame(out, "router.2.weights", model, "short.router.layer2.weights");
    try (Checkpoint written = Tensors.open(out, folder);
        Checkpoint golden = Tensors.open(model.resolve("golden.safetensors"), folder)) {
      assertThat(written.tensor("mtp.logits").shape())
          .isEqualTo(golden.tensor("mtp.short.logits").shape());
      assertThat(
              written
                  .tensor("router.1")
                  .segment()
                  .mismatch(golden.tensor("short.router.layer1.indices").segment()))
          .isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/adder-v3",
        "models/deepseek-v2-tiny",
        "models/deepseek-v3-tiny-fp8",
        "gguf/deepseek-v3-k.Q4_K_M.gguf",
        "gguf/deepseek-v3-tiny.legacy.Q8_0.gguf",
        "gguf/deepseek-v2-lite-tiny.Q8_0-00001-of-00003.gguf",
        "gguf/llama-tiny.Q5_K_M.gguf",
        "gguf/qwen2-tiny.Q4_0.gguf",
        "gguf/qwen3-tiny.BF16.gguf"
      })
  void smallModelsAreComputedAsExactlyFromFloatCopiesAsInTheirFormat(String name)
      throws IOException {
    Matrix widened = logits(name, "auto");
    Matrix inFormat = logits(name, "vector");
    for (int row = 0; row < widened.rows(); row++) {
      assertThat(widened.toArray(row)).containsExactly(inFormat.toArray(row), within(1e-3f));
    }
  }

  private Matrix logits(String name, String kernels) throws IOException {
    Path out = folder.resolve(kernels + ".safetensors");
    Path model = FIXTURES.resolve(name);
    CommandRun run =
        CommandRun.of(
            "logits", "-m", model, "--ids", "5,9,12,7,3", "--kernels", kernels, "--out", out);
    assertThat(run.exitCode()).as(run.err()).isZero();
    try (Checkpoint written = Tensors.open(out, folder)) {
      Matrix mapped = written.floats("logits");
      Matrix copy = Matrix.allocate(Arena.ofAuto(), mapped.rows(), mapped.columns());
      copy.copyFrom(mapped);
      return copy;
    }
  }

  @Test
  void refusesDraftsOfAModelWithoutThatModule() {
    Path model = FIXTURES.resolve("models/qwen2-tiny");
    CommandRun run =
        CommandRun.of("logits", "-m", model, "--ids", "1", "--out", folder.resolve("x"), "--mtp");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--mtp");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void saysWhichIdIsNotInTheVocabulary() {
    Path model = FIXTURES.resolve("models/qwen2-tiny");
    CommandRun run =
        CommandRun.of("logits", "-m", model, "--ids", "1,1024", "--out", folder.resolve("x"));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.errorLines().getFirst()).contains("1024");
  }

  private void assertSame(Path out, String name, Path model, String golden) throws IOException {
    try (Checkpoint written = Tensors.open(out, folder);
        Checkpoint expected = Tensors.open(model.resolve("golden.safetensors"), folder)) {
      Matrix found = written.floats(name);
      Matrix wanted = expected.floats(golden);
      assertThat(found.rows()).as(name).isEqualTo(wanted.rows());
      for (int row = 0; row < found.rows(); row++) {
        assertThat(found.toArray(row)).as(name).containsExactly(wanted.toArray(row), within(2e-3f));
      }
    }
  }
}
