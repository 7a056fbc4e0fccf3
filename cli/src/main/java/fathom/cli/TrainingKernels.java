package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.VectorKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;
import java.util.Locale;

/// Kernels for training: where the CPU can, products round both factors to BF16 and sum in float32,
/// as V3's linear layers did outside FP8; weights, gradients and everything else stay float32.
final class TrainingKernels {
  private TrainingKernels() {}

  /// The kernels that the options ask for.
  static Kernels of(KernelArguments arguments, Workers workers) {
    String name = arguments.name.toLowerCase(Locale.ROOT);
    if (!name.equals("auto") && !name.equals("x86")) {
      return arguments.choose(workers, Precision.BFLOAT16).kernels();
    }
    try {
      return X86Kernels.detect(new VectorKernels(workers), Precision.BFLOAT16);
    } catch (UnavailableException e) {
      if (name.equals("x86")) {
        throw new UsageException("--kernels: x86 cannot serve: " + e.getMessage());
      }
      return arguments.choose(workers, Precision.BFLOAT16).kernels();
    }
  }
}
