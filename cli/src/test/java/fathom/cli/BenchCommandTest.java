package fathom.cli;

import static fathom.cli.CommandRun.ADDER;
import static fathom.cli.CommandRun.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.x86.Tier;
import java.util.ArrayList;
import java.util.List;
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
  void rooflineSetsEveryKernelBesideAPeakThatWasMeasured() {
    CommandRun run = roofline("auto", "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("peaks").get("memory_bytes_per_second").doubleValue()).isPositive();
    assertThat(json.get("roofline").findValuesAsString("kernel"))
        .anyMatch(kernel -> kernel.startsWith("product "))
        .contains("attention", "rms norm", "rope", "silu(gate) * up");
    assertThat(json.get("roofline").findValuesAsString("phase")).contains("prefill", "decode");
    for (JsonNode row : json.get("roofline")) {
      assertThat(row.get("calls").longValue()).isPositive();
      assertThat(row.get("peak").doubleValue()).as("%s", row).isPositive();
      assertThat(row.get("share").doubleValue()).as("%s", row).isNotNegative();
    }
  }

  @Test
  void rooflineIsATableForPeople() {
    CommandRun run = roofline("vector");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("prefill", "decode", "share", "fma vector api", "rms norm");
  }

  private static CommandRun roofline(String kernels, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("bench", "--model", ADDER, "--roofline"));
    arguments.addAll(List.of("--prompt-tokens", 32, "--generate-tokens", 4, "--repeats", 1));
    arguments.addAll(List.of("--threads", 2, "--kernels", kernels));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray());
  }

  @Test
  void profileTellsWhereAStepsTimeGoes() {
    CommandRun run =
        CommandRun.of(
            "bench",
            "--model",
            ADDER,
            "--profile",
            "--generate-tokens",
            4,
            "--threads",
            2,
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json().propertyNames())
        .contains("products", "attention", "rows", "synchronisation", "other")
        .contains("synchronisation_of_median_step", "handoffs_per_step");
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
            "--roofline",
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.propertyNames())
        .contains("parameters", "tokens_per_second", "model_flop_utilisation", "peak_memory_bytes");
    assertThat(json.get("roofline").findValuesAsString("kernel"))
        .contains("attention backward", "rms norm backward");
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

  @Test
  void aTierOfTheAssembledKernelsServesOrSaysWhatTheCpuLacks() {
    for (Tier tier : Tier.values()) {
      CommandRun run = CommandRun.of("doctor", "--kernels", tier.kernelsName());
      if (run.exitCode() == 0) {
        assertThat(run.out()).contains(tier.kernelsName() + ": machine code");
      } else {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains("not " + tier.kernelsName() + ": ");
      }
    }
  }
}
