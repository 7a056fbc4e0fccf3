package fathom.benchmarks;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.KernelChoice;
import fathom.tensor.Kernels;
import fathom.tensor.KeyValueRows;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Times the kernels on the shapes of a Qwen2-1.5B layer, beside the peaks that this machine gives
/// in the same minute.
///
/// `java … fathom.benchmarks.KernelBenchmark [provider] [threads] [format,…]`; prints one line a
/// format: decode in GB/s of weights read and million weights/s, prefill in GFLOP/s, and what they
/// would mean in tokens/s for 1.54 billion weights. All times are the least of many short runs:
/// what the machine gives while nobody else uses it.
public final class KernelBenchmark {
  private static final int WIDTH = 1536;
  private static final int INNER = 8960;
  private static final int PROMPT = 256;
  private static final double MODEL_WEIGHTS = 1.54e9;
  private static final long WEIGHT_BYTES = 256L << 20;
  private static final long MATRIX_BYTES = 8L << 20;

  private final Kernels kernels;
  private final Arena arena;
  private final PrintStream out;

  private KernelBenchmark(Kernels kernels, Arena arena, PrintStream out) {
    this.kernels = kernels;
    this.arena = arena;
    this.out = out;
  }

  /// Runs the benchmark.
  public static void main(String[] arguments) {
    String provider = arguments.length > 0 ? arguments[0] : "auto";
    int threads =
        arguments.length > 1
            ? Integer.parseInt(arguments[1])
            : Runtime.getRuntime().availableProcessors();
    String formats =
        arguments.length > 2
            ? arguments[2]
            : "F32,F16,BF16,F8_E4M3,Q8_0,Q4_0,Q4_1,Q5_0,Q5_1,Q4_K,Q5_K,Q6_K";
    PrintStream out = System.out;
    try (WorkerPool workers = new WorkerPool(threads);
        Arena arena = Arena.ofShared()) {
      KernelChoice choice = KernelChoice.choose(provider, KernelChoice.builtIn(), workers);
      out.printf("%s, %d threads%n", choice.reason(), threads);
      KernelBenchmark benchmark = new KernelBenchmark(choice.kernels(), arena, out);
      for (String format : formats.split(",", -1)) {
        switch (format) {
          case "peaks" -> benchmark.peaks();
          case "attention" -> benchmark.attention();
          case "training" -> benchmark.training();
          default -> benchmark.products(DType.valueOf(format));
        }
      }
    }
  }

  /// Reading all bytes of a large F32 matrix, and a product whose operands stay in the cache.
  private void peaks() {
    List<WeightMatrix> large = weights(DType.F32, WIDTH);
    Matrix x = random(1, WIDTH);
    Matrix y = random(1, large.get(0).rows());
    double seconds = decodeSeconds(large, x, y);
    out.printf("read F32       %6.1f GB/s%n", large.get(0).bytes() / seconds / 1e9);
    WeightMatrix small = WeightMatrix.of(random(96, 256));
    Matrix xs = random(96, 256);
    Matrix ys = random(96, 96);
    seconds = seconds(() -> kernels.matmul(small, xs, ys), 1);
    out.printf("FMA in cache   %6.1f GFLOP/s%n", 2.0 * 96 * 96 * 256 / seconds / 1e9);
  }

  private void products(DType type) {
    List<WeightMatrix> wide = weights(type, WIDTH);
    List<WeightMatrix> deep = weights(type, INNER);
    Matrix x = random(1, WIDTH);
    Matrix y = random(1, wide.get(0).rows());
    Matrix xDeep = random(1, INNER);
    Matrix yDeep = random(1, deep.get(0).rows());
    double wideTime = decodeSeconds(wide, x, y);
    double deepTime = decodeSeconds(deep, xDeep, yDeep);
    double decode = wideTime + deepTime;
    long bytes = wide.get(0).bytes() + deep.get(0).bytes();
    double weights = (double) bytes / type.blockBytes() * type.blockSize();
    WeightMatrix up = wide.get(0).rows(0, Math.min(512, wide.get(0).rows()));
    WeightMatrix down = deep.get(0).rows(0, Math.min(64, deep.get(0).rows()));
    Matrix prompt = random(PROMPT, WIDTH);
    Matrix upResult = random(PROMPT, up.rows());
    Matrix promptDeep = random(PROMPT, INNER);
    Matrix downResult = random(PROMPT, down.rows());
    double prefill =
        seconds(
            () -> {
              kernels.matmul(up, prompt, upResult);
              kernels.matmul(down, promptDeep, downResult);
            },
            3);
    double flops =
        2.0 * PROMPT * ((double) up.rows() * WIDTH + (double) down.rows() * INNER) / prefill;
    out.printf(
        "%-8s decode %5.1f GB/s %6.2f Gweights/s = %5.1f tokens/s   prefill %6.1f GFLOP/s = %5.1f"
            + " tokens/s%n",
        type,
        bytes / decode / 1e9,
        weights / decode / 1e9,
        weights / decode / MODEL_WEIGHTS,
        flops / 1e9,
        flops / 2 / MODEL_WEIGHTS);
  }

  /// The least time of a product with any of the matrices, each run with another one.
  private double decodeSeconds(List<WeightMatrix> weights, Matrix x, Matrix y) {
    int[] next = {0};
    return seconds(() -> kernels.matmul(weights.get(next[0]++ % weights.size()), x, y), 2);
  }

  private void attention() {
    AttentionShape grouped = new AttentionShape(12, 2, 128, 128, 256, 0.088f);
    attention("grouped 12/2x128", grouped);
    attention("absorbed 16x576", new AttentionShape(16, 1, 576, 512, 0, 0.07f));
  }

  private void attention(String name, AttentionShape shape) {
    int depth = 2048;
    Matrix stored = random(depth + PROMPT, shape.rowWidth());
    KeyValueRows rows = KeyValueRows.of(stored);
    for (int tokens : new int[] {1, PROMPT}) {
      Matrix q = random(tokens, shape.heads() * shape.keyDim());
      Matrix result = random(tokens, shape.heads() * shape.valueDim());
      Matrix sums = random(tokens, shape.heads());
      List<AttentionSpan> spans = List.of(new AttentionSpan(0, tokens, depth, rows));
      double seconds = seconds(() -> kernels.attention(shape, spans, q, result, sums), 2);
      double flops =
          2.0
              * tokens
              * shape.heads()
              * (depth + tokens / 2.0)
              * (shape.keyDim() + shape.valueDim());
      out.printf(
          "attention %s, %d tokens at %d: %.3f ms, %.1f GFLOP/s, %.1f GB/s%n",
          name,
          tokens,
          depth,
          seconds * 1e3,
          flops / seconds / 1e9,
          4.0 * depth * stored.columns() / seconds / 1e9);
    }
  }

  private void training() {
    for (int width : new int[] {256, 1024}) {
      Matrix dy = random(512, width);
      Matrix x = random(512, width);
      Matrix dw = random(width, width);
      WeightMatrix w = WeightMatrix.of(random(width, width));
      double flops = 2.0 * 512 * width * width;
      double forward = seconds(() -> kernels.matmul(w, x, dy), 1);
      double outer = seconds(() -> kernels.addOuterProduct(dy, x, dw), 1);
      double transposed = seconds(() -> kernels.addMatmulTransposed(w, dy, x), 1);
      out.printf(
          "training F32 512 x %d x %d: x wT %.1f, dyT x %.1f, x w %.1f GFLOP/s%n",
          width, width, flops / forward / 1e9, flops / outer / 1e9, flops / transposed / 1e9);
    }
  }

  /// Equal matrices of together about [#WEIGHT_BYTES] half, more than a core's caches hold.
  private List<WeightMatrix> weights(DType type, int columns) {
    int rows = (int) (MATRIX_BYTES / type.bytes(columns)) / 64 * 64;
    long rowBytes = type.bytes(columns);
    Random random = new Random(1);
    float[] row = new float[columns];
    for (int i = 0; i < columns; i++) {
      row[i] = (float) random.nextGaussian() * 0.05f;
    }
    List<WeightMatrix> weights = new ArrayList<>();
    for (long used = 0; used < WEIGHT_BYTES / 2; used += MATRIX_BYTES) {
      MemorySegment bytes = arena.allocate(rows * rowBytes, 64);
      Codec.of(type).quantize(row, 0, columns, bytes, 0);
      for (int r = 1; r < rows; r++) {
        MemorySegment.copy(bytes, 0, bytes, r * rowBytes, rowBytes);
      }
      weights.add(WeightMatrix.of(type, rows, columns, bytes));
    }
    return weights;
  }

  private Matrix random(int rows, int columns) {
    Matrix m = Matrix.allocate(arena, rows, columns);
    Random random = new Random(2);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        m.set(r, c, (float) random.nextGaussian());
      }
    }
    return m;
  }

  /// The least time of one run, over about `budget` seconds.
  private static double seconds(Runnable run, double budget) {
    long end = System.nanoTime() + (long) (budget * 1e9);
    long least = Long.MAX_VALUE;
    do {
      long start = System.nanoTime();
      run.run();
      least = Math.min(least, System.nanoTime() - start);
    } while (System.nanoTime() < end);
    return least / 1e9;
  }
}
