package fathom.cli;

import fathom.checkpoint.Checkpoint;
import fathom.tensor.DType;
import fathom.tensor.KernelChoice;
import fathom.tensor.Workers;
import fathom.tensor.x86.Precision;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of every command that computes.
final class KernelArguments {
  /// Bytes of weights below which speed is no reason to round what is computed.
  private static final long SMALL_BYTES = 64L << 20;

  /// Bytes of weights below which one thread is faster than two.
  private static final long TINY_BYTES = 8L << 20;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute (default: all that the machine or container allows).")
  @Nullable Integer threads;

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
    int all = Runtime.getRuntime().availableProcessors();
    int wanted = Objects.requireNonNullElse(threads, all);
    if (wanted < 1 || wanted > 1024) {
      throw new UsageException("--threads: expected 1 to 1024, found " + wanted);
    }
    return wanted;
  }

  /// The number of threads for one sequence at a time: on a tiny model two threads wait for each
  /// other longer than they compute, and keep the JVM's compiler from its work meanwhile.
  int threadsForOne(Checkpoint checkpoint) {
    return threads == null && bytes(checkpoint) < TINY_BYTES ? 1 : threads();
  }

  /// The kernels for a checkpoint. A model in float32 is computed in float32 by all of them. Other
  /// formats are rounded already, so the assembled kernels round activations, too, which is far
  /// within the formats' own error. Where every digit is wanted, those in the Vector API serve, and
  /// for a small model the assembled ones, in float32.
  KernelChoice choose(Workers workers, Checkpoint checkpoint) {
    if (!name.equals("auto") || isFloat32(checkpoint)) {
      return choose(workers, isFloat32(checkpoint) ? Precision.FLOAT32 : Precision.MIXED);
    }
    if (isSmallAndExact(checkpoint)) {
      KernelChoice small = choose(workers, Precision.FLOAT32);
      return new KernelChoice(small.kernels(), exactly(small.kernels().name(), "as it is small"));
    }
    if (precision == Rounding.EXACT) {
      KernelChoice vector = choose("vector", workers, Precision.FLOAT32);
      return new KernelChoice(vector.kernels(), exactly("vector", "as asked for"));
    }
    return choose(workers, Precision.MIXED);
  }

  private static String exactly(String kernels, String why) {
    return "%s (exact, %s; --precision fast rounds)".formatted(kernels, why);
  }

  /// Whether the weights are copied as float32: those of a small model in a format of blocks, where
  /// nothing else was asked for, because assembled kernels for float32 are fast from the first
  /// token on, while those in the Vector API are a hundred times slower until the JVM has compiled
  /// them. Formats without blocks the assembled kernels read as they lie.
  boolean isWidened(Checkpoint checkpoint) {
    return isSmallAndExact(checkpoint)
        && checkpoint.tensors().values().stream().anyMatch(t -> t.type().isQuantized());
  }

  private boolean isSmallAndExact(Checkpoint checkpoint) {
    return name.equals("auto")
        && precision != Rounding.FAST
        && isSmall(checkpoint)
        && !isFloat32(checkpoint);
  }

  private static boolean isFloat32(Checkpoint checkpoint) {
    return checkpoint.tensors().values().stream().allMatch(t -> t.type() == DType.F32);
  }

  /// Whether a model is computed in a moment, however it is done.
  static boolean isSmall(Checkpoint checkpoint) {
    return bytes(checkpoint) < SMALL_BYTES;
  }

  private static long bytes(Checkpoint checkpoint) {
    return checkpoint.tensors().values().stream().mapToLong(t -> t.segment().byteSize()).sum();
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
