package fathom.cli;

import fathom.tensor.KernelChoice;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// Options of every command that computes.
final class KernelArguments {
  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute (default: all that the machine or container allows).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "Which kernels serve: scalar, vector, x86 or auto (default: ${DEFAULT-VALUE}).")
  String name = "auto";

  /// The number of threads, checked.
  int threads() {
    if (threads < 1 || threads > 1024) {
      throw new UsageException("--threads: expected 1 to 1024, found " + threads);
    }
    return threads;
  }

  /// The kernels that were asked for, and why they serve; `auto` takes the fastest that this
  /// machine can run.
  KernelChoice choose(Workers workers, Precision precision) {
    List<KernelChoice.Candidate> candidates = new ArrayList<>(KernelChoice.builtIn());
    candidates.addFirst(new AssembledKernels(precision));
    try {
      return KernelChoice.choose(name, candidates, workers);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage());
    }
  }
}
