package fathom.tensor.x86;

import static org.assertj.core.api.Assumptions.assumeThat;

import fathom.tensor.ScalarKernels;
import fathom.tensor.Workers;

/// Kernels of a forced tier; a test on a CPU without it says that it is skipped.
final class TierUnderTest {
  private TierUnderTest() {}

  static X86Kernels kernels(Tier tier, Precision precision, Workers workers) {
    CpuFeatures cpu = features();
    assumeThat(tier.missing(cpu)).as("this CPU lacks " + tier + ": skipped").isEmpty();
    return new X86Kernels(new ScalarKernels(workers), cpu, tier, precision);
  }

  static X86Kernels kernels(Tier tier, Precision precision) {
    return kernels(tier, precision, Workers.serial());
  }

  static CpuFeatures features() {
    try {
      return CpuFeatures.detect();
    } catch (UnavailableException e) {
      assumeThat(true).as("no machine code here, skipped: " + e.getMessage()).isFalse();
      throw e;
    }
  }
}
