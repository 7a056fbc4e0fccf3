package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Once compiled, what decoding does for every token makes no garbage. Each case has a JVM of its
/// own: whether a method that returns a vector is inlined, and so makes no object, depends on what
/// else the JVM has run, and the product runs no tests of other providers before it decodes.
class AllocationTest {
  private static final long PATIENCE_NANOS = 40_000_000_000L;
  private static final int RUNS = 200;

  @Test
  void aStepOfDecodingMakesNoGarbage() throws Exception {
    assertThat(inItsOwnJvm(DecodingStep.class)).isEqualTo("0 bytes");
  }

  @Test
  void runningPartsOnThePoolMakesNoGarbage() throws Exception {
    assertThat(inItsOwnJvm(PoolRun.class)).isEqualTo("0 bytes");
  }

  @Test
  void quantisedRowsMakeNoGarbageWhateverVectorsTheJvmHasSeen() throws Exception {
    assertThat(inItsOwnJvm(QuantisedRows.class)).isEqualTo("0 bytes");
  }

  private static String inItsOwnJvm(Class<?> main) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return said.strip();
  }

  /// A token's operations, one after the other.
  static final class DecodingStep {
    private DecodingStep() {}

    public static void main(String[] arguments) {
      TestMatrices random = new TestMatrices(51);
      Kernels kernels = new VectorKernels(Workers.serial());
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
      printLeastBytes(
          () -> {
            kernels.rmsNorm(x, weight, 1e-6f, y);
            kernels.rope(table, positions, heads, y);
            kernels.attention(shape, spans, y, x, sums);
            kernels.matmul(weights.get(0), y, x);
            kernels.matmul(weights.get(1), x, y);
            kernels.siluMul(x, y, y);
          });
    }
  }

  /// Products with one input, after the peaks of the machine were measured with vectors of another
  /// type, as `bench` does.
  static final class QuantisedRows {
    private QuantisedRows() {}

    public static void main(String[] arguments) {
      MachineProbe probe = new MachineProbe(Workers.serial());
      probe.cachedBytesPerSecond();
      probe.floatOperationsPerSecond();
      TestMatrices random = new TestMatrices(52);
      Kernels kernels = new VectorKernels(Workers.serial());
      Matrix x = random.matrix(1, 2304);
      Matrix y = random.matrix(1, 64);
      List<WeightMatrix> weights =
          List.of(
              random.weight(DType.Q8_0, 64, 2304),
              random.weight(DType.Q4_0, 64, 2304),
              random.weight(DType.Q4_K, 64, 2304),
              random.weight(DType.Q6_K, 64, 2304));
      printLeastBytes(
          () -> {
            for (int i = 0; i < weights.size(); i++) {
              kernels.matmul(weights.get(i), x, y);
            }
          });
    }
  }

  /// Parts on two threads.
  static final class PoolRun {
    private PoolRun() {}

    public static void main(String[] arguments) {
      try (WorkerPool pool = new WorkerPool(2)) {
        int[] counts = new int[8];
        Workers.Task task = part -> counts[part]++;
        printLeastBytes(() -> pool.run(8, task));
      }
    }
  }

  /// The fewest bytes that a series of runs has allocated: zero as soon as everything is compiled.
  private static void printLeastBytes(Runnable run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (least > 0 && System.nanoTime() < end) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        run.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    System.out.println(least + " bytes");
  }
}
