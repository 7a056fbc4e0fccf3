package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Once compiled, what decoding does for every token makes no garbage.
class AllocationTest {
  private static final long PATIENCE_NANOS = 40_000_000_000L;
  private static final int RUNS = 200;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final TestMatrices random = new TestMatrices(51);
  private final Kernels kernels = new VectorKernels(Workers.serial());

  @Test
  void aStepOfDecodingMakesNoGarbage() {
    Matrix x = random.matrix(1, 256);
    Matrix y = random.matrix(1, 256);
    Matrix weight = random.matrix(1, 256);
    List<WeightMatrix> weights =
        List.of(random.weight(DType.Q8_0, 256, 256), random.weight(DType.F32, 256, 256));
    AttentionShape shape = new AttentionShape(4, 2, 64, 64, 128, 0.1f);
    KeyValueRows stored = KeyValueRows.of(random.matrix(150, 256));
    List<AttentionSpan> spans = List.of(new AttentionSpan(0, 1, 149, stored));
    Matrix sums = random.matrix(1, 4);
    Matrix angles = Matrix.allocate(Arena.ofAuto(), 2, 32);
    RotaryTable table = new RotaryTable(angles, angles, RotaryTable.Layout.HALVES);
    int[] positions = {1};
    HeadColumns heads = HeadColumns.packed(4, 64);
    Runnable step =
        () -> {
          kernels.rmsNorm(x, weight, 1e-6f, y);
          kernels.rope(table, positions, heads, y);
          kernels.attention(shape, spans, y, x, sums);
          kernels.matmul(weights.get(0), y, x);
          kernels.matmul(weights.get(1), x, y);
          kernels.siluMul(x, y, y);
        };
    assertThat(leastBytes(step)).isZero();
  }

  @Test
  void runningPartsOnThePoolMakesNoGarbage() {
    try (WorkerPool pool = new WorkerPool(2)) {
      int[] counts = new int[8];
      Workers.Task task = part -> counts[part]++;
      assertThat(leastBytes(() -> pool.run(8, task))).isZero();
    }
  }

  /// The fewest bytes that a series of runs has allocated: zero as soon as everything is compiled.
  private long leastBytes(Runnable run) {
    long least = Long.MAX_VALUE;
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (least > 0 && System.nanoTime() < end) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        run.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }
}
