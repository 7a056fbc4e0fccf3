package fathom.cli;

import fathom.tensor.KernelChoice;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.CpuFeatures;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.Tier;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The kernels in machine code as a candidate: of the highest tier that the CPU has, or of one that
/// was asked for by name, such as `x86-avx2`.
final class AssembledKernels implements KernelChoice.Candidate {
  private final Precision precision;
  private final @Nullable Tier tier;

  private AssembledKernels(Precision precision, @Nullable Tier tier) {
    this.precision = precision;
    this.tier = tier;
  }

  /// The CPU's best tier first, then the other providers, then each tier for itself, which only
  /// serves who asks for it.
  static List<KernelChoice.Candidate> amongAll(Precision precision) {
    List<KernelChoice.Candidate> candidates = new ArrayList<>(KernelChoice.builtIn());
    candidates.addFirst(new AssembledKernels(precision, null));
    for (Tier tier : Tier.values()) {
      candidates.add(new AssembledKernels(precision, tier));
    }
    return candidates;
  }

  @Override
  public String name() {
    return tier == null ? "x86" : tier.kernelsName();
  }

  @Override
  public KernelChoice.Attempt attempt(Workers workers) {
    try {
      VectorKernels others = new VectorKernels(workers);
      if (tier == null) {
        X86Kernels kernels = X86Kernels.detect(others, precision);
        return serves(kernels, kernels.description());
      }
      X86Kernels kernels = new X86Kernels(others, CpuFeatures.detect(), tier, precision);
      return serves(kernels, kernels.name() + ": machine code of this tier, as asked for");
    } catch (UnavailableException e) {
      return new KernelChoice.Attempt.Refuses(String.valueOf(e.getMessage()));
    }
  }

  private static KernelChoice.Attempt serves(X86Kernels kernels, String reason) {
    return new KernelChoice.Attempt.Serves(new KernelChoice(kernels, reason));
  }
}
