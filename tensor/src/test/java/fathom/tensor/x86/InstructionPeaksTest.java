package fathom.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import fathom.tensor.Workers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstructionPeaksTest {
  @ParameterizedTest
  @EnumSource(InstructionPeaks.Kind.class)
  void everyClassOfInstructionsRunsAndDoesMoreThanOneOperationACycle(InstructionPeaks.Kind kind) {
    CpuFeatures cpu = TierUnderTest.features();
    assumeThat(kind.tier().missing(cpu)).as("this CPU lacks " + kind + ": skipped").isEmpty();

    double peak = new InstructionPeaks(Workers.serial()).operationsPerSecond(kind);

    assertThat(peak).isGreaterThan(1e8).isLessThan(1e14);
  }
}
