package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import fathom.tensor.x86.CpuFeatures.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
  @BeforeEach
  void onLinuxOnX86() {
    assumeThat(System.getProperty("os.arch") + System.getProperty("os.name"))
        .as("machine code runs on Linux on x86-64 only: skipped")
        .isEqualTo("amd64Linux");
  }

  @AfterEach
  void switchOn() {
    System.clearProperty("fathom.cpu.off");
  }

  @Test
  void agreesWithTheKernelsListOfFlags() throws IOException {
    String flags = Files.readString(Path.of("/proc/cpuinfo"));
    CpuFeatures cpu = CpuFeatures.detect();

    assertThat(cpu.has(Feature.AVX2)).isEqualTo(flags.contains(" avx2"));
    assertThat(cpu.has(Feature.FMA)).isEqualTo(flags.contains(" fma"));
    assertThat(cpu.has(Feature.F16C)).isEqualTo(flags.contains(" f16c"));
    assertThat(cpu.has(Feature.AVX_VNNI)).isEqualTo(flags.contains(" avx_vnni"));
    assertThat(cpu.has(Feature.AVX512)).isEqualTo(flags.contains(" avx512bw"));
    assertThat(cpu.has(Feature.AVX512_VNNI)).isEqualTo(flags.contains(" avx512_vnni"));
    assertThat(cpu.has(Feature.AVX512_BF16)).isEqualTo(flags.contains(" avx512_bf16"));
    assertThat(cpu.has(Feature.AMX_INT8)).isEqualTo(flags.contains(" amx_int8"));
  }

  @Test
  void theTestPropertySwitchesAFeatureOffAndIsNamedAsTheReason() {
    System.setProperty("fathom.cpu.off", "avx2,amx_tile");
    CpuFeatures cpu = CpuFeatures.detect();

    assertThat(cpu.has(Feature.AVX2)).isFalse();
    assertThat(cpu.reasonAgainst(Feature.AVX2)).contains("switched off by fathom.cpu.off");
    assertThat(cpu.reasonAgainst(Feature.AMX_TILE)).isPresent();
  }

  @Test
  void allSwitchedOffMeansNoMachineCode() {
    System.setProperty("fathom.cpu.off", "all");

    assertThatThrownBy(CpuFeatures::detect)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("fathom.cpu.off");
  }

  @Test
  void aFeatureCanBeTakenAwayForATest() {
    CpuFeatures cpu = CpuFeatures.detect();
    assumeThat(cpu.has(Feature.AVX2)).as("no AVX2 here: skipped").isTrue();

    assertThat(cpu.without(Feature.AVX2).has(Feature.AVX2)).isFalse();
    assertThat(cpu.without(Feature.AVX2).reasonAgainst(Feature.AVX2)).contains("switched off");
  }
}
