package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PlanCommandTest {
  private static CommandRun plan(Object... more) {
    Object[] all = new Object[more.length + 7];
    System.arraycopy(
        new Object[] {"plan", "--model", "v3", "--device", "h800", "--count", 2048}, 0, all, 0, 7);
    System.arraycopy(more, 0, all, 7, more.length);
    return CommandRun.of(all);
  }

  @Test
  void givesTheFiguresOfTheReportAsJson() {
    JsonNode json = plan("--tokens", "14.8e12", "--json").json();
    // DeepSeek-V3 Technical Report, table 1: 2.664M hours of pre-training at 2 dollars.
    assertThat(json.get("device_hours").doubleValue()).isCloseTo(2.664e6, within(2.664e5));
    assertThat(json.get("cost_usd").doubleValue())
        .isCloseTo(2 * json.get("device_hours").doubleValue(), within(1.0));
    assertThat(json.get("memory_per_device_bytes").doubleValue()).isBetween(1e9, 80e9);
    assertThat(json.get("seconds_per_step").doubleValue()).isPositive();
    double shares = 0;
    for (JsonNode share : json.get("breakdown")) {
      shares += share.doubleValue();
    }
    assertThat(shares).isCloseTo(1, within(1e-6));
  }

  @Test
  void takingASavingAwayCostsMore() {
    double with = plan("--tokens", "1e12", "--json").json().get("device_hours").doubleValue();
    double without =
        plan("--tokens", "1e12", "--without", "FP8", "--json")
            .json()
            .get("device_hours")
            .doubleValue();
    assertThat(without).isGreaterThan(1.05 * with);
    assertThat(plan("--tokens", "1e12").out()).contains("without one of the savings");
    JsonNode savings = plan("--tokens", "1e12", "--json").json().get("device_hours_without");
    assertThat(savings.propertyNames())
        .contains("mixture_of_experts", "latent_attention", "fp8", "dual_pipe");
    assertThat(savings.get("mixture_of_experts").doubleValue()).isGreaterThan(5 * with);
  }

  @Test
  void namesTheDevicesWhenOneIsUnknown() {
    CommandRun run = plan("--tokens", "1e12", "--device", "abacus");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("abacus").contains("h800");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(plan("--tokens", "-1").exitCode()).isNotZero();
    assertThat(plan("--tokens", "1e999").exitCode()).isNotZero();
    assertThat(plan("--tokens", "1e12", "--count", 0).exitCode()).isNotZero();
    assertThat(plan().exitCode()).isEqualTo(2);
  }
}
