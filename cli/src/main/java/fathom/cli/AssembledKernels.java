package fathom.cli;

import fathom.tensor.KernelChoice;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;

/// The kernels in machine code as a candidate: the fastest where the CPU is an x86-64.
final class AssembledKernels implements KernelChoice.Candidate {
  private final Precision precision;

  AssembledKernels(Precision precision) {
    this.precision = precision;
  }

  @Override
  public String name() {
    return "x86";
  }

  @Override
  public KernelChoice.Attempt attempt(Workers workers) {
    try {
      X86Kernels kernels = X86Kernels.detect(new VectorKernels(workers), precision);
      return new KernelChoice.Attempt.Serves(new KernelChoice(kernels, kernels.description()));
    } catch (UnavailableException e) {
      return new KernelChoice.Attempt.Refuses(String.valueOf(e.getMessage()));
    }
  }
}
