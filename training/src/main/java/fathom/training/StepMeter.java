package fathom.training;

import fathom.model.ModelConfig;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.WeightMatrix;
import java.lang.foreign.Arena;
import tools.jackson.databind.node.ObjectNode;

/// How fast a run is: tokens a second, and the model's operations a second as a share of what these
/// kernels do in the best of a few large products on this machine.
public final class StepMeter {
  private static final int SIZE = 1024;
  private static final int REPEATS = 6;

  private final double flopsPerToken;
  private final double peak;
  private long started;

  /// A meter for a model; measures the peak for some tens of milliseconds.
  public StepMeter(ModelConfig config, int length, Kernels kernels) {
    TokenWork work = new TokenWork(config, Savings.all());
    flopsPerToken = work.linearFlops() + work.headFlops() + work.attentionFlops(length);
    peak = peakFlops(kernels);
  }

  /// Operations of a token, forward and backward.
  public double flopsPerToken() {
    return flopsPerToken;
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

  void stop(long tokens, ObjectNode line) {
    double perSecond = tokens / ((System.nanoTime() - started) * 1e-9);
    line.put("tokens_per_second", perSecond);
    line.put("model_flop_utilisation", perSecond * flopsPerToken / peak);
  }
}
