package fathom.training;

import fathom.model.ModelConfig;
import fathom.model.Packing;
import fathom.model.TrainingBatch;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// How fast a run is: tokens a second, and the model's operations a second as a share of what these
/// kernels do in the best of a few large products on this machine. The products are measured when
/// the run begins, once more when its code is warm, and then now and again: a machine that others
/// share does not keep its speed.
public final class StepMeter {
  private static final int SIZE = 1024;
  private static final int REPEATS = 6;
  private static final int WARM = 8;
  private static final int BETWEEN = 512;

  private final TokenWork work;
  private final Kernels kernels;
  private double peak;
  private int stops;
  private long started;

  /// A meter for a model; measures the peak for some tens of milliseconds.
  public StepMeter(ModelConfig config, Kernels kernels) {
    this.work = new TokenWork(config, Savings.all());
    this.kernels = kernels;
    this.peak = peakFlops(kernels);
  }

  /// Operations of a token in a sequence of a length, forward and backward.
  public double flopsPerToken(int length) {
    return work.linearFlops() + work.headFlops() + work.attentionFlops(length);
  }

  /// Operations a second of the best product.
  public double peak() {
    return peak;
  }

  private static double peakFlops(Kernels kernels) {
    try (Arena arena = Arena.ofShared()) {
      Matrix w = Matrix.allocate(arena, SIZE, SIZE);
      Matrix x = Matrix.allocate(arena, SIZE, SIZE);
      Matrix y = Matrix.allocate(arena, SIZE, SIZE);
      w.fill(1);
      x.fill(1);
      double best = 0;
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        long start = System.nanoTime();
        kernels.matmul(WeightMatrix.of(w), x, y);
        best = Math.max(best, 2.0 * SIZE * SIZE * SIZE / ((System.nanoTime() - start) * 1e-9));
      }
      return best;
    }
  }

  void start() {
    started = System.nanoTime();
  }

  /// Writes down how fast the batches of a step were; a token sees its own sequence only.
  void stop(List<TrainingBatch> batches, ObjectNode line) {
    double seconds = (System.nanoTime() - started) * 1e-9;
    long tokens = 0;
    double flops = 0;
    for (TrainingBatch batch : batches) {
      Packing packing = batch.packing();
      for (int sequence = 0; sequence < packing.sequences(); sequence++) {
        flops += packing.length(sequence) * flopsPerToken(packing.length(sequence));
      }
      tokens += packing.rows();
    }
    if (stops == WARM || stops % BETWEEN == BETWEEN - 1) {
      peak = peakFlops(kernels);
    }
    stops++;
    line.put("tokens_per_second", tokens / seconds);
    line.put("model_flop_utilisation", flops / seconds / peak);
  }
}
