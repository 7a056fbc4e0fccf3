package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.checkpoint.Checkpoint;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
  @Test
  void countsWhatTheFileHas() {
    JsonNode json = CommandRun.of("inspect", ADDER, "--json").json();
    long elements;
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(ADDER))) {
      elements = checkpoint.tensors().values().stream().mapToLong(t -> t.shape().elements()).sum();
    }
    assertThat(json.get("architecture").stringValue()).isEqualTo("deepseek_v3");
    assertThat(json.get("parameters").longValue() + json.get("mtp_parameters").longValue())
        .isEqualTo(elements);
    assertThat(json.get("active_parameters").longValue())
        .isPositive()
        .isLessThan(json.get("parameters").longValue());
  }

  @Test
  void latentAttentionKeepsFewBytesAToken() {
    JsonNode json =
        CommandRun.of("inspect", FIXTURES.resolve("models/deepseek-v3-tiny"), "--json").json();
    JsonNode config = Json.read(FIXTURES.resolve("models/deepseek-v3-tiny/config.json"));
    int row = config.get("kv_lora_rank").intValue() + config.get("qk_rope_head_dim").intValue();
    int layers = config.get("num_hidden_layers").intValue();
    assertThat(json.get("cache_bytes_per_token").longValue()).isEqualTo(4L * row * layers);
  }

  @Test
  void saysWhatTheLayersAre() {
    String latent = CommandRun.of("inspect", FIXTURES.resolve("models/deepseek-v3-tiny")).out();
    assertThat(latent).contains("attention     latent, ", "feed-forward  ", " experts of inner");
    String grouped = CommandRun.of("inspect", FIXTURES.resolve("models/qwen2-tiny")).out();
    assertThat(grouped).contains("attention     grouped-query, ", "feed-forward  dense, inner");
  }

  @Test
  void memoryGrowsByTheCacheOfTheContext() {
    JsonNode small = CommandRun.of("inspect", ADDER, "--context", 100, "--json").json();
    JsonNode large = CommandRun.of("inspect", ADDER, "--context", 500, "--json").json();
    assertThat(large.get("memory_bytes").longValue() - small.get("memory_bytes").longValue())
        .isEqualTo(400 * small.get("cache_bytes_per_token").longValue());
  }

  @Test
  void listsEveryTensorWhenAsked() {
    CommandRun run = CommandRun.of("inspect", "--model", ADDER, "--tensors");
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(ADDER))) {
      assertThat(run.out()).contains(checkpoint.tensors().keySet());
    }
  }

  @Test
  void needsAModel() {
    assertThat(CommandRun.of("inspect").exitCode()).isEqualTo(2);
    CommandRun none = CommandRun.of("inspect", FIXTURES);
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.errorLines()).hasSize(1);
  }
}
