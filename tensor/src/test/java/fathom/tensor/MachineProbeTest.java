package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineProbeTest {
  @Test
  void measuresABandwidthThatAMachineCanHave() {
    double bytes = new MachineProbe(Workers.serial()).readBytesPerSecond();
    assertThat(bytes).isBetween(50e6, 5e12);
  }

  @Test
  void measuresCachesThatAMachineCanHave() {
    double bytes = new MachineProbe(Workers.serial()).cachedBytesPerSecond();
    assertThat(bytes).isBetween(50e6, 5e13);
  }

  @Test
  void measuresAPeakThatAMachineCanHave() {
    double operations = new MachineProbe(Workers.serial()).floatOperationsPerSecond();
    assertThat(operations).isBetween(50e6, 1e14);
  }
}
