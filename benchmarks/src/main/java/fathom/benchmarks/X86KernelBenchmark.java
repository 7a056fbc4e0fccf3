package fathom.benchmarks;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.MachineProbe;
import fathom.tensor.Matrix;
import fathom.tensor.VectorKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tensor.x86.CpuFeatures;
import fathom.tensor.x86.InstructionPeaks;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.Tier;
import fathom.tensor.x86.X86Kernels;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A roofline of the assembled kernels: what each class of instructions and the memory can do, then
/// what decode (GB/s of weights), batches, prefill and training (GFLOP/s) get in every tier that
/// this CPU has, beside `VectorKernels`.
///
/// `java … fathom.benchmarks.X86KernelBenchmark [threads] [seconds a figure]`
public final class X86KernelBenchmark {
  private static final List<DType> FORMATS =
      List.of(
          DType.Q8_0,
          DType.Q4_0,
          DType.Q4_K,
          DType.Q5_K,
          DType.Q6_K,
          DType.BF16,
          DType.F16,
          DType.F8_E4M3,
          DType.F32);
  private static final int ROWS = 8960;
  private static final int COLUMNS = 1536;
  private static final int DIFFERENT_ROWS = 16;
  private static final long DECODE_BYTES = 192L << 20;

  private final Random random = new Random(1);
  private final Arena arena;
  private final double seconds;
  private final PrintStream out;

  private X86KernelBenchmark(Arena arena, double seconds, PrintStream out) {
    this.arena = arena;
    this.seconds = seconds;
    this.out = out;
  }

  /// Runs the benchmark.
  public static void main(String[] arguments) {
    int threads =
        arguments.length > 0
            ? Integer.parseInt(arguments[0])
            : Runtime.getRuntime().availableProcessors();
    double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0.3;
    try (WorkerPool workers = new WorkerPool(threads);
        Arena arena = Arena.ofShared()) {
      X86KernelBenchmark benchmark = new X86KernelBenchmark(arena, seconds, System.out);
      benchmark.peaks(workers);
      benchmark.measure("vector", new VectorKernels(workers));
      CpuFeatures cpu = CpuFeatures.detect();
      for (Tier tier : Tier.values()) {
        if (tier.isOn(cpu)) {
          X86Kernels kernels =
              new X86Kernels(new VectorKernels(workers), cpu, tier, Precision.FLOAT32);
          benchmark.measure(kernels.name(), kernels);
        }
      }
      if (Tier.AMX.isOn(cpu)) {
        benchmark.training(
            new X86Kernels(new VectorKernels(workers), cpu, Tier.AMX, Precision.BFLOAT16));
      }
    }
  }

  private void peaks(WorkerPool workers) {
    MachineProbe probe = new MachineProbe(workers);
    out.printf("%-14s %8.1f GB/s%n", "read", probe.readBytesPerSecond() / 1e9);
    CpuFeatures cpu = CpuFeatures.detect();
    for (InstructionPeaks.Kind kind : InstructionPeaks.Kind.values()) {
      if (kind.tier().isOn(cpu)) {
        double peak = new InstructionPeaks(workers).operationsPerSecond(kind);
        out.printf("%-14s %8.0f Gop/s%n", kind, peak / 1e9);
      }
    }
  }

  /// One line a format: decode over more weights than the caches hold, then 4, 16 and 256 tokens.
  private void measure(String name, Kernels kernels) {
    for (DType format : FORMATS) {
      WeightMatrix w = weight(format);
      double decode = decodeBytesPerSecond(kernels, w);
      out.printf(
          "%-12s %-8s decode %6.1f GB/s  4: %6.0f  16: %6.0f  256: %6.0f GFLOP/s%n",
          name,
          format,
          decode / 1e9,
          batch(kernels, w, 4),
          batch(kernels, w, 16),
          batch(kernels, w, 256));
    }
  }

  private double decodeBytesPerSecond(Kernels kernels, WeightMatrix w) {
    int count = (int) Math.max(1, DECODE_BYTES / w.bytes());
    Matrix x = gaussian(1, COLUMNS);
    Matrix y = Matrix.allocate(arena, 1, ROWS);
    try (Arena copies = Arena.ofShared()) {
      List<WeightMatrix> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        MemorySegment copy = copies.allocate(w.bytes(), 64).copyFrom(w.segment());
        all.add(WeightMatrix.of(w.type(), ROWS, COLUMNS, copy));
      }
      return count * w.bytes() / best(() -> all.forEach(one -> kernels.matmul(one, x, y)));
    }
  }

  private double batch(Kernels kernels, WeightMatrix w, int tokens) {
    Matrix x = gaussian(tokens, COLUMNS);
    Matrix y = Matrix.allocate(arena, tokens, ROWS);
    return 2.0 * tokens * ROWS * COLUMNS / best(() -> kernels.matmul(w, x, y)) / 1e9;
  }

  private void training(Kernels kernels) {
    int tokens = 4096;
    for (int[] size : new int[][] {{704, 256}, {176, 256}, {256, 176}, {256, 128}, {4096, 256}}) {
      Matrix weights = gaussian(size[0], size[1]);
      WeightMatrix w = WeightMatrix.of(weights);
      Matrix x = gaussian(tokens, size[1]);
      Matrix y = gaussian(tokens, size[0]);
      double operations = 2.0 * tokens * size[0] * size[1] / 1e9;
      out.printf(
          "training %4d x %4d, %d tokens: y = x wT %6.0f  x += y w %6.0f  w += yT x %6.0f GFLOP/s%n",
          size[0],
          size[1],
          tokens,
          operations / best(() -> kernels.matmul(w, x, y)),
          operations / best(() -> kernels.addMatmulTransposed(w, y, x)),
          operations / best(() -> kernels.addOuterProduct(y, x, weights)));
    }
  }

  private WeightMatrix weight(DType format) {
    MemorySegment memory = arena.allocate(format.bytes(COLUMNS) * ROWS, 64);
    float[] row = new float[COLUMNS];
    long bytes = format.bytes(COLUMNS);
    for (int r = 0; r < ROWS; r++) {
      if (r >= DIFFERENT_ROWS) {
        MemorySegment.copy(memory, r % DIFFERENT_ROWS * bytes, memory, r * bytes, bytes);
        continue;
      }
      for (int c = 0; c < COLUMNS; c++) {
        row[c] = (float) random.nextGaussian();
      }
      Codec.of(format).quantize(row, 0, COLUMNS, memory, r * bytes);
    }
    return WeightMatrix.of(format, ROWS, COLUMNS, memory);
  }

  private Matrix gaussian(int rows, int columns) {
    Matrix m = Matrix.allocate(arena, rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        m.set(row, column, (float) random.nextGaussian());
      }
    }
    return m;
  }

  /// The shortest of the runs that fit the time, in seconds.
  private double best(Runnable work) {
    double best = Double.POSITIVE_INFINITY;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      long start = System.nanoTime();
      work.run();
      best = Math.min(best, (System.nanoTime() - start) / 1e9);
    } while (System.nanoTime() < end);
    return best;
  }
}
