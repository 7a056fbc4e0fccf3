package fathom.cli;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.DType;
import fathom.tensor.KernelChoice;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import picocli.CommandLine.Option;

/// Options of every command that computes.
final class KernelArguments {
  /// Bytes of weights below which speed is no reason to round what is computed.
  private static final long SMALL_BYTES = 64L << 20;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute (default: all that the machine or container allows).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = {
        "Which kernels serve: scalar, vector, x86 or auto; one tier of x86 whatever the CPU has",
        "above it: x86-avx2, x86-avx-vnni, x86-avx512, x86-amx (default: ${DEFAULT-VALUE})."
      })
  String name = "auto";

  @Option(
      names = "--precision",
      paramLabel = "HOW",
      defaultValue = "auto",
      description = {
        "exact computes in float32; fast rounds activations to BF16 or 8 bit where the CPU is many",
        "times faster then; auto is exact for models below 64 MB (default: ${DEFAULT-VALUE})."
      })
  Rounding precision = Rounding.AUTO;

  /// How exactly a model is computed.
  enum Rounding {
    EXACT,
    FAST,
    AUTO
  }

  /// The number of threads, checked.
  int threads() {
    if (threads < 1 || threads > 1024) {
      throw new UsageException("--threads: expected 1 to 1024, found " + threads);
    }
    return threads;
  }

  /// The kernels for a checkpoint. A model in float32 is computed in float32 by all of them. Other
  /// formats are rounded already, so the assembled kernels round activations, too, which is far
  /// within the formats' own error; where every digit is wanted, those in the Vector API serve.
  KernelChoice choose(Workers workers, Checkpoint checkpoint) {
    long bytes =
        checkpoint.tensors().values().stream().mapToLong(t -> t.segment().byteSize()).sum();
    boolean floats = checkpoint.tensors().values().stream().allMatch(t -> t.type() == DType.F32);
    boolean exact =
        precision == Rounding.EXACT || (precision == Rounding.AUTO && bytes < SMALL_BYTES);
    if (!exact || floats || !name.equals("auto")) {
      return choose(workers, floats ? Precision.FLOAT32 : Precision.MIXED);
    }
    KernelChoice exactly = choose("vector", workers, Precision.FLOAT32);
    String why = precision == Rounding.EXACT ? "exact, as asked for" : "exact, as it is small";
    return new KernelChoice(
        exactly.kernels(), "vector (%s; --precision fast rounds)".formatted(why));
  }

  /// The kernels that were asked for, and why they serve; `auto` takes the fastest that this
  /// machine can run.
  KernelChoice choose(Workers workers, Precision precision) {
    return choose(name, workers, precision);
  }

  private static KernelChoice choose(String name, Workers workers, Precision precision) {
    try {
      return KernelChoice.choose(name, AssembledKernels.amongAll(precision), workers);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + e.getMessage());
    }
  }
}
