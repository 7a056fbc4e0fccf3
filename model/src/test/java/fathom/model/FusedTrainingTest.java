package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.VectorKernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.x86.CpuFeatures;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.Tier;
import fathom.tensor.x86.X86Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Training on assembled kernels, where feed-forward layers are one operation, against training
/// step by step in float32.
class FusedTrainingTest {
  private static TinyModel model() {
    return TinyModel.of(
            9,
            tree -> {
              tree.put("hidden_size", 64);
              tree.put("intermediate_size", 80);
              tree.put("moe_intermediate_size", 40);
              tree.put("num_nextn_predict_layers", 1);
              tree.put("initializer_range", 0.1);
            })
        .withFixedChoices();
  }

  private static TrainingBatch batch() {
    Random random = new Random(10);
    return TrainingBatch.of(
        random.ints(70, 0, TinyModel.VOCABULARY).toArray(),
        random.ints(33, 0, TinyModel.VOCABULARY).toArray());
  }

  private static List<float[]> gradients(Kernels kernels, Activations activations) {
    TrainingOptions options = new TrainingOptions(0.3f, 0.01f, 0, activations);
    try (TinyModel model = model();
        TrainingPass pass = new TrainingPass(model.stack(), kernels, options)) {
      pass.run(batch(), 1);
      List<float[]> all = new ArrayList<>();
      for (Parameter parameter : model.stack().parameters().all()) {
        Matrix gradient = parameter.gradient();
        if (gradient != null) {
          all.add(flat(gradient));
        }
      }
      return all;
    }
  }

  private static float[] flat(Matrix m) {
    float[] numbers = new float[m.rows() * m.columns()];
    for (int row = 0; row < m.rows(); row++) {
      System.arraycopy(m.toArray(row), 0, numbers, row * m.columns(), m.columns());
    }
    return numbers;
  }

  private static X86Kernels assembled(WorkerPool workers) {
    assumeTrue(
        Tier.AMX.isOn(CpuFeatures.detect()), "skipped: layers are one operation on AMX, not here");
    return X86Kernels.detect(new VectorKernels(workers), Precision.BFLOAT16);
  }

  @ParameterizedTest
  @EnumSource(names = {"KEPT", "RECOMPUTED"})
  void gradientsAreThoseOfTheStepsUpToTheRounding(Activations activations) {
    try (WorkerPool workers = new WorkerPool(2)) {
      List<float[]> expected = gradients(new VectorKernels(workers), Activations.KEPT);
      List<float[]> found = gradients(assembled(workers), activations);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(distance(expected.get(i), found.get(i))).as("parameter " + i).isLessThan(0.04);
      }
    }
  }

  /// Length of the difference as a share of the expected length.
  private static double distance(float[] expected, float[] found) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(expected[i] - found[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference) / (Math.sqrt(length) + 1e-6);
  }

  @Test
  void gradientsDoNotDependOnTheNumberOfThreads() {
    List<List<float[]>> runs = new ArrayList<>();
    for (int threads : new int[] {1, 3}) {
      try (WorkerPool workers = new WorkerPool(threads)) {
        runs.add(gradients(assembled(workers), Activations.KEPT));
      }
    }
    for (int i = 0; i < runs.get(0).size(); i++) {
      assertThat(runs.get(1).get(i)).as("parameter " + i).containsExactly(runs.get(0).get(i));
    }
  }
}
