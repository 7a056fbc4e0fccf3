package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class BenchCommandTest {
  @Test
  void jsonHasTheFieldsThatScriptsRelyOn() {
    CommandRun run =
        CommandRun.of(
            "bench",
            "--model",
            ADDER,
            "--prompt-tokens",
            32,
            "--generate-tokens",
            8,
            "--depth",
            16,
            "--batch",
            2,
            "--threads",
            2,
            "--repeats",
            1,
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.propertyNames())
        .contains(
            "kernels",
            "threads",
            "prefill_tokens_per_second",
            "decode_tokens_per_second",
            "bandwidth_fraction",
            "flop_fraction");
    assertThat(json.get("threads").intValue()).isEqualTo(2);
    assertThat(json.get("prefill_tokens_per_second").doubleValue()).isPositive();
    assertThat(json.get("decode_tokens_per_second").doubleValue()).isPositive();
  }

  @Test
  void trainingHasItsOwnFields() {
    CommandRun run =
        CommandRun.of(
            "bench",
            "--train",
            FIXTURES.resolve("models/deepseek-v3-tiny/config.json"),
            "--batch",
            2,
            "--length",
            16,
            "--threads",
            2,
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.propertyNames())
        .contains("parameters", "tokens_per_second", "model_flop_utilisation", "peak_memory_bytes");
    assertThat(json.get("tokens_per_second").doubleValue()).isPositive();
    assertThat(json.get("peak_memory_bytes").longValue()).isGreaterThan(1 << 20);
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(CommandRun.of("bench", "-m", ADDER, "--batch", 0).exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("bench", "-m", ADDER, "--repeats", "many").exitCode()).isEqualTo(2);
  }

  @Test
  void doctorNamesTheKernelsAndWhy() {
    CommandRun run = CommandRun.of("doctor", "--threads", 2);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("JDK", "features", "kernels", "bandwidth", "fits");
    assertThat(CommandRun.of("doctor", "--kernels", "scalar").out()).contains("scalar");
  }
}
