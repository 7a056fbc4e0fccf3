package fathom.cli;

import picocli.CommandLine.Option;

/// Options of every command that computes.
final class KernelOptions {
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
  String kernels = "auto";
}
