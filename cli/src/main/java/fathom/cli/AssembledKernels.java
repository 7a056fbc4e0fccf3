package fathom.cli;

import fathom.tensor.KernelChoice;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;

/// The kernels in machine code as a candidate: the fastest where the CPU is an x86-64.
final class AssembledKernels implements KernelChoice.Candidate {
  @Override
  public String name() {
    return "x86";
  }

  @Override
  public KernelChoice.Attempt attempt(Workers workers) {
    try {
      X86Kernels kernels = X86Kernels.detect(new VectorKernels(workers), Precision.FLOAT32);
      return new KernelChoice.Attempt.Serves(
          new KernelChoice(kernels, kernels.name() + ": machine code assembled at start"));
    } catch (UnavailableException e) {
      return new KernelChoice.Attempt.Refuses(String.valueOf(e.getMessage()));
    }
  }
}
