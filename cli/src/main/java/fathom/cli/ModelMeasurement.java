package fathom.cli;

import fathom.model.StepBatch;
import fathom.tensor.Matrix;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// One prefill and one stretch of decoding of a model, timed.
final class ModelMeasurement implements AutoCloseable {
  private static final int CHUNK = 512;
  private static final int MOST_WARMUP = 6;
  private static final double COMPILING_SHARE = 0.02;

  /// What one measurement does.
  record Load(int promptTokens, int generateTokens, int depth, int batch, int threads) {}

  private final LocalModel local;
  private final Load load;
  private final int vocabulary;
  private final StepRunner runner;

  ModelMeasurement(LocalModel local, Load load) {
    this.local = local;
    this.load = load;
    vocabulary = local.model().config().vocabularySize();
    int tokens = load.depth() + load.promptTokens() + load.generateTokens();
    runner = new StepRunner(local.model(), load.batch(), tokens);
    for (int sequence = 0; sequence < load.batch(); sequence++) {
      prefill(sequence, 0, load.depth());
      if (sequence > 0) {
        prefill(sequence, load.depth(), load.promptTokens());
      }
    }
  }

  PeerBenchmark.Speed once() {
    return new PeerBenchmark.Speed(
        load.promptTokens() / prefill(), load.batch() * load.generateTokens() / decode(() -> {}));
  }

  /// Runs until Java's compiler has little left to do: its threads would take the helpers' place.
  void warmUp() {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    double share = 1;
    for (int round = 0; round < MOST_WARMUP && share > COMPILING_SHARE; round++) {
      long start = System.nanoTime();
      long compiling = compiler.getTotalCompilationTime();
      once();
      double millis = (System.nanoTime() - start) * 1e-6;
      share = (compiler.getTotalCompilationTime() - compiling) / millis;
    }
  }

  /// Reads the prompt; seconds.
  double prefill() {
    long start = System.nanoTime();
    prefill(0, load.depth(), load.promptTokens());
    return (System.nanoTime() - start) * 1e-9;
  }

  /// Writes as many tokens as were asked for, and tells after each; seconds.
  double decode(Runnable afterStep) {
    long start = System.nanoTime();
    int position = load.depth() + load.promptTokens();
    int[] ids = new int[load.batch()];
    Arrays.fill(ids, 5 % vocabulary);
    for (int token = 0; token < load.generateTokens(); token++) {
      StepBatch step = runner.decodeStep(ids, position + token);
      Matrix logits = local.model().forward(step);
      for (int sequence = 0; sequence < ids.length; sequence++) {
        ids[sequence] = likeliest(logits, sequence);
      }
      afterStep.run();
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private static int likeliest(Matrix logits, int row) {
    float[] values = logits.toArray(row);
    int best = 0;
    for (int id = 1; id < values.length; id++) {
      if (values[id] > values[best]) {
        best = id;
      }
    }
    return best;
  }

  private void prefill(int sequence, int from, int count) {
    for (int done = 0; done < count; done += CHUNK) {
      int rows = Math.min(CHUNK, count - done);
      int[] ids = new int[rows];
      for (int row = 0; row < rows; row++) {
        ids[row] = (int) ((1000 + (from + done + row) * 7919L % 20000) % vocabulary);
      }
      runner.run(sequence, ids, from + done, rows - 1);
    }
  }

  @Override
  public void close() {
    runner.close();
  }
}
