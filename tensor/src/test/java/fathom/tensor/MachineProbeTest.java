package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineProbeTest {
  @Test
  void measuresABandwidthThatAMachineCanHave() {
    double bytes = new MachineProbe(Workers.serial()).readBytesPerSecond();
    assertThat(bytes).isBetween(50e6, 5e12);
  }

  @Test
  void readsTheMemoryThatItIsGivenAndLeavesItAsItWas() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(256L << 20, 64).fill((byte) 3);
      double bytes = new MachineProbe(Workers.serial(), List.of(memory)).readBytesPerSecond();
      assertThat(bytes).isBetween(50e6, 5e12);
      assertThat(memory.mismatch(arena.allocate(memory.byteSize()).fill((byte) 3))).isEqualTo(-1);
    }
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
