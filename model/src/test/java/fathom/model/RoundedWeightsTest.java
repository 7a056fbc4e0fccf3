package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.tensor.DType;
import fathom.tensor.Fp8Quantizer;
import fathom.tensor.Matrix;
import fathom.tensor.SmallFloats;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoundedWeightsTest {
  private static final TrainingBatch BATCH =
      TrainingBatch.of(new Random(8).ints(20, 0, TinyModel.VOCABULARY).toArray());

  private static TinyModel model() {
    return TinyModel.of(5, tree -> tree.put("num_nextn_predict_layers", 1)).withFixedChoices();
  }

  @Test
  void linearMapsAreRoundedAndTheRestIsNot() {
    try (TinyModel model = model()) {
      new RoundedWeights(model.stack(), Workers.serial(), model.arena());
      for (Parameter parameter : model.stack().parameters().all()) {
        DType expected =
            switch (parameter.role()) {
              case EXPERT -> DType.F8_E4M3;
              case MATRIX ->
                  parameter.name().endsWith("eh_proj.weight") ? DType.F32 : DType.F8_E4M3;
              default -> DType.F32;
            };
        assertThat(parameter.weight().type()).as(parameter.name()).isEqualTo(expected);
        assertThat(parameter.values().rows()).isEqualTo(parameter.rows());
      }
    }
  }

  @Test
  void lossAndGradientsAreThoseOfWeightsThatWereRoundedBefore() {
    try (TinyModel rounded = model();
        TinyModel plain = model();
        TrainingPass found = pass(rounded);
        TrainingPass expected = pass(plain)) {
      RoundedWeights weights =
          new RoundedWeights(rounded.stack(), Workers.serial(), rounded.arena());
      for (Parameter parameter : plain.stack().parameters().all()) {
        if (rounded.parameter(parameter.name()).weight().type() == DType.F8_E4M3) {
          round(parameter, plain);
        }
      }
      assertThat(weights.bytes()).isPositive();
      double loss = found.run(BATCH, 1).total();
      assertThat(loss).isEqualTo(expected.run(BATCH, 1).total());
      for (Parameter parameter : plain.stack().parameters().all()) {
        if (parameter.gradient() != null) {
          assertThat(rounded.parameter(parameter.name()).gradient().toArray(0))
              .as(parameter.name())
              .containsExactly(parameter.gradient().toArray(0), within(1e-6f));
        }
      }
    }
  }

  private static TrainingPass pass(TinyModel model) {
    return new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.deepSeekV3());
  }

  /// The same by other means: numbers to FP8, and back by the table.
  private static void round(Parameter parameter, TinyModel model) {
    MemorySegment numbers = model.arena().allocate((long) parameter.rows() * parameter.columns());
    Matrix scales = Matrix.allocate(model.arena(), 1, 1);
    Fp8Quantizer.quantize(parameter.values(), numbers, scales);
    for (int row = 0; row < parameter.rows(); row++) {
      for (int column = 0; column < parameter.columns(); column++) {
        byte bits = numbers.get(ValueLayout.JAVA_BYTE, (long) row * parameter.columns() + column);
        float value = SmallFloats.fp8ToFloat(bits) * scales.get(0, 0);
        parameter.values().set(row, column, value);
      }
    }
  }

  @Test
  void aWeightThatWasMovedIsRoundedAgain() {
    try (TinyModel model = model();
        TrainingPass pass = pass(model)) {
      RoundedWeights weights = new RoundedWeights(model.stack(), Workers.serial(), model.arena());
      double before = pass.run(BATCH, 1).total();
      model.parameter("model.layers.0.mlp.gate_proj.weight").values().fill(0.5f);
      assertThat(pass.run(BATCH, 1).total()).isEqualTo(before);
      weights.refresh();
      assertThat(pass.run(BATCH, 1).total()).isNotEqualTo(before);
    }
  }
}
