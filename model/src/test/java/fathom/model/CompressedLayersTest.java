package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Kernels;
import fathom.tensor.RowStorage;
import fathom.tensor.ScalarKernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressedLayersTest {
  private static final TrainingBatch BATCH = batch();

  private static TrainingBatch batch() {
    Random random = new Random(3);
    return TrainingBatch.of(
        random.ints(40, 0, TinyModel.VOCABULARY).toArray(),
        random.ints(23, 0, TinyModel.VOCABULARY).toArray());
  }

  private static TinyModel model() {
    return TinyModel.of(5, tree -> tree.put("num_nextn_predict_layers", 1)).withFixedChoices();
  }

  private record Result(TrainingLosses losses, List<Float> gradient, long bytes) {}

  private static Result run(Activations activations, Kernels kernels) {
    TrainingOptions options = new TrainingOptions(0.3f, 0.01f, 0, activations);
    try (TinyModel model = model();
        TrainingPass pass = new TrainingPass(model.stack(), kernels, options)) {
      pass.run(BATCH, 1);
      model.stack().parameters().zeroGradients();
      TrainingLosses losses = pass.run(BATCH, 1);
      return new Result(losses, all(model), pass.workspaceBytes());
    }
  }

  private static List<Float> all(TinyModel model) {
    List<Float> all = new ArrayList<>();
    for (Parameter parameter : model.stack().parameters().all()) {
      for (int row = 0; parameter.gradient() != null && row < parameter.rows(); row++) {
        for (float number : parameter.gradient().toArray(row)) {
          all.add(number);
        }
      }
    }
    return all;
  }

  private static double distance(List<Float> expected, List<Float> found) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.size(); i++) {
      difference += Math.pow(expected.get(i) - found.get(i), 2);
      length += Math.pow(expected.get(i), 2);
    }
    return Math.sqrt(difference / length);
  }

  @Test
  void forwardIsUntouchedAndGradientsAreRoundedALittle() {
    Result kept = run(Activations.KEPT, TinyModel.KERNELS);
    Result stored = run(Activations.FP8, TinyModel.KERNELS);
    assertThat(stored.losses).isEqualTo(kept.losses);
    assertThat(distance(kept.gradient, stored.gradient)).isBetween(1e-4, 0.05);
  }

  @Test
  void gradientsDoNotDependOnTheNumberOfThreads() {
    try (WorkerPool pool = new WorkerPool(3)) {
      List<Float> three = run(Activations.FP8, new ScalarKernels(pool)).gradient;
      assertThat(three).isEqualTo(run(Activations.FP8, TinyModel.KERNELS).gradient);
    }
  }

  @Test
  void aScoredBatchIsStoredUntilItsBackward() {
    try (TinyModel model = model();
        TrainingPass pass =
            new TrainingPass(
                model.stack(), TinyModel.KERNELS, TrainingOptions.plain().with(Activations.FP8))) {
      pass.run(BATCH, 1);
      List<Float> expected = all(model);
      model.stack().parameters().zeroGradients();
      pass.score(BATCH);
      float[] dLogProbs = new float[BATCH.ids().length];
      Arrays.fill(dLogProbs, (float) (-1 / BATCH.totalWeight()));
      pass.backward(dLogProbs);
      assertThat(distance(expected, all(model))).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aValueComesBackAsExactlyAsItWasAskedFor(boolean exact) {
    try (Tape tape = Tape.recording(TinyModel.KERNELS);
        Workspace kept = new Workspace()) {
      Variable input = tape.zeros(1, 1);
      Variable x = tape.variable(1, 3);
      Variable part = tape.columns(x, 1, 2);
      x.value().setRow(0, 448, 0.1f, 100.3f);
      if (exact) {
        part.storeAs(RowStorage.FLOAT32);
        x.storeAs(RowStorage.BFLOAT16);
      }
      StoredValues stored = StoredValues.of(tape, input, input, kept);
      x.value().fill(7);
      stored.restore();
      assertThat(x.value().toArray(0)[0]).isEqualTo(448);
      assertThat(x.value().toArray(0)[2]).isEqualTo(exact ? 100.3f : 104);
    }
  }
}
