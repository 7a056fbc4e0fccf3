package fathom.training;

import fathom.model.Activations;
import fathom.model.Packing;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import tools.jackson.databind.node.ObjectNode;

/// Times whole training steps, forward, backward, clipping and optimiser, with random tokens.
public final class TrainingBenchmark {
  /// Steps before the clock starts: until the compiler is done, as in any longer run. At least so
  /// many, and more while they take less than some seconds together.
  private static final int FEWEST_WARMUP = 3, MOST_WARMUP = 16;

  private static final double WARMUP_SECONDS = 12;

  private final ObjectNode config;
  private final Kernels kernels;
  private final Activations activations;
  private final boolean fp8Weights;

  /// A benchmark of the model that a `config.json` describes.
  public TrainingBenchmark(ObjectNode config, Kernels kernels) {
    this(config, kernels, Activations.KEPT, false);
  }

  /// The same with less memory.
  ///
  /// @param fp8Weights whether products read weights rounded to FP8
  public TrainingBenchmark(
      ObjectNode config, Kernels kernels, Activations activations, boolean fp8Weights) {
    this.config = config;
    this.kernels = kernels;
    this.activations = activations;
    this.fp8Weights = fp8Weights;
  }

  /// What was measured.
  ///
  /// @param parameters numbers in the model
  /// @param tokensPerSecond tokens of a step over the median of the steps' times
  /// @param utilisation the model's operations as a share of `peak`
  /// @param peak operations a second of the best large product, before or after the steps
  /// @param memoryBytes weights, gradients, moments and activations
  public record Speed(
      long parameters, double tokensPerSecond, double utilisation, double peak, long memoryBytes) {}

  /// Somebody who looks at the steps that are timed and at nothing else.
  public interface Watcher {
    /// The steps begin.
    void begin();

    /// They have ended.
    void end();
  }

  /// Measures steps of `batch` sequences of `length` tokens, after a few that are not timed.
  public Speed measure(int batch, int length, int steps, Watcher watcher) {
    try (TrainedModel model = TrainedModel.fresh(config, Path.of("config.json"), 1)) {
      if (fp8Weights) {
        model.roundWeights(kernels.workers());
      }
      AdamW optimizer =
          new AdamW(
              model.parameters(), AdamWSettings.deepSeekV3(), kernels.workers(), model.arena());
      GradientClipping clipping = new GradientClipping(model.parameters(), 1, kernels.workers());
      StepMeter before = new StepMeter(model.config(), kernels);
      try (TrainingPass pass =
          new TrainingPass(
              model.stack(), kernels, TrainingOptions.deepSeekV3().with(activations))) {
        TrainingBatch tokens = batch(model.config().vocabularySize(), batch, length);
        DoubleSupplier step =
            () -> {
              long start = System.nanoTime();
              pass.statistics().reset();
              pass.run(tokens, 1);
              optimizer.step(1e-4f, clipping.factor(clipping.norm()));
              model.moved();
              return (System.nanoTime() - start) * 1e-9;
            };
        warmUp(step);
        double[] seconds = new double[steps];
        watcher.begin();
        Arrays.setAll(seconds, i -> step.getAsDouble());
        watcher.end();
        Arrays.sort(seconds);
        double speed = (double) batch * length / seconds[steps / 2];
        StepMeter after = new StepMeter(model.config(), kernels);
        double peak = Math.max(before.peak(), after.peak());
        long parameters = model.parameters().count();
        // weights, gradients and two moments, four bytes each
        long memory = 16 * parameters + model.roundedBytes() + pass.workspaceBytes();
        return new Speed(
            parameters, speed, speed * before.flopsPerToken(length) / peak, peak, memory);
      }
    }
  }

  private static void warmUp(DoubleSupplier step) {
    double seconds = 0;
    for (int i = 0; i < MOST_WARMUP && (i < FEWEST_WARMUP || seconds < WARMUP_SECONDS); i++) {
      seconds += step.getAsDouble();
    }
  }

  private static TrainingBatch batch(int vocabulary, int sequences, int length) {
    SplittableRandom random = new SplittableRandom(1);
    int[] ids = random.ints((long) sequences * length, 0, vocabulary).toArray();
    int[] targets = random.ints((long) sequences * length, 0, vocabulary).toArray();
    int[] lengths = new int[sequences];
    Arrays.fill(lengths, length);
    return new TrainingBatch(new Packing(lengths), ids, targets);
  }
}
