package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.Workers;

/// Somebody who measures the operations of kernels, one at a time.
interface KernelClock {
  /// Runs one operation of `kernels` and counts it.
  void time(Kernels kernels, KernelCall call, Runnable operation);

  /// The same kernels, with this clock beside them.
  default Kernels watch(Kernels kernels) {
    return new TimedKernels(kernels, this);
  }

  /// The same workers, with this clock beside them if it looks at them.
  default Workers watch(Workers workers) {
    return workers;
  }
}
