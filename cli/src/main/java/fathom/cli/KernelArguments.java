package fathom.cli;

import fathom.tensor.Kernels;
import fathom.tensor.ScalarKernels;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;
import java.util.Locale;
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

  /// The kernels that were asked for; `auto` takes the fastest that this machine can run.
  Kernels kernels(Workers workers) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "scalar" -> new ScalarKernels(workers);
      case "x86" -> x86(workers);
      case "auto" -> {
        try {
          yield x86(workers);
        } catch (UnavailableException e) {
          yield new ScalarKernels(workers);
        }
      }
      default ->
          throw new UsageException(
              "--kernels: expected scalar, vector, x86 or auto, found " + name);
    };
  }

  private static Kernels x86(Workers workers) {
    return X86Kernels.detect(new ScalarKernels(workers), Precision.FLOAT32);
  }
}
