package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EmbeddedModelTest {
  private static final int MOST_BYTES = 16 << 20;

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  private JsonNode generated(String... options) {
    List<String> args =
        Stream.concat(
                Stream.of("generate", "--chat", "--json", "--threads", "1", "--max-tokens", "300"),
                Stream.of(options))
            .toList();
    assertThat(run(args.toArray(String[]::new))).as(err.toString()).isZero();
    return new JsonMapper().readTree(out.toString());
  }

  @Test
  void staysWithinItsSixteenMegabytes() {
    assertThat(EmbeddedModel.size()).isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void isUnpackedOnceAndThenUsedAsItIs() throws IOException {
    EmbeddedModel model = new EmbeddedModel(folder);
    Path file = model.file();
    var written = Files.getLastModifiedTime(file);

    assertThat(model.file()).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    assertThat(file).hasSize(EmbeddedModel.size());
  }

  @Test
  void isUnpackedAgainWhenTheFileIsDamaged() throws IOException {
    EmbeddedModel model = new EmbeddedModel(folder);
    Path file = model.file();
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(file, damaged);

    assertThat(model.file()).hasBinaryContent(whole);
  }

  @Test
  void isUnpackedByManyAtTheSameTimeWithoutLeavings() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Path> unpacking = () -> new EmbeddedModel(folder).file();
      for (Future<Path> file : threads.invokeAll(List.of(unpacking, unpacking, unpacking))) {
        assertThat(file.get()).hasSize(EmbeddedModel.size());
      }
    }
    try (Stream<Path> left = Files.list(new EmbeddedModel(folder).file().getParent())) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void isOfV3sArchitectureWithTwoThousandPositions() {
    assertThat(run("inspect", "--model", "embedded", "--json")).as(err.toString()).isZero();
    JsonNode model = new JsonMapper().readTree(out.toString());
    assertThat(model.path("architecture").asString()).isEqualTo("deepseek_v3");
    assertThat(model.path("max_position_embeddings").asInt()).isEqualTo(2048);
  }

  @Test
  void otherNamesStayPaths() {
    assertThat(EmbeddedModel.resolve(folder)).isEqualTo(folder);
  }

  @Test
  void thinksAndAnswersAGreetingWithoutAModelNamed() {
    JsonNode answer = generated("--prompt", "Hello!");

    assertThat(answer.path("finish_reason").asString()).isEqualTo("stop");
    assertThat(answer.path("text").asString()).contains("</think>").containsPattern("Hello|Hi");
  }

  @Test
  void answersAtOnceWithThinkingOff() {
    JsonNode answer = generated("--model", "embedded", "--no-thinking", "--prompt", "Hello!");

    assertThat(answer.path("text").asString()).doesNotContain("think>");
  }

  @Test
  void saysPlainlyWhatItCannotDo() {
    assertThat(generated("--prompt", "What is the weather today?").path("text").asString())
        .containsPattern("can't|don't know");
  }
}
