package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LowRankAdaptersTest {
  private static final TrainingBatch BATCH =
      TrainingBatch.of(new int[] {3, 7, 1, 0, 22, 5}, new int[] {11, 2, 8});

  private static LowRankAdapters adapters(TinyModel model) {
    LowRankAdapters adapters =
        new LowRankAdapters(model.stack(), name -> name.contains("self_attn"), 2, 4, model.arena());
    ModelInitializer initializer = new ModelInitializer(model.stack().config(), 9);
    for (Parameter parameter : model.stack().parameters().all()) {
      if (parameter.name().contains("lora_")) {
        initializer.fill(parameter, 0, parameter.values());
      }
    }
    return adapters;
  }

  private static TrainingPass pass(TinyModel model) {
    return new TrainingPass(model.stack(), TinyModel.KERNELS, TrainingOptions.plain());
  }

  private static void descend(TinyModel model, TrainingPass pass, int steps) {
    for (int step = 0; step < steps; step++) {
      model.stack().parameters().zeroGradients();
      pass.run(BATCH, 1);
      for (Parameter parameter : model.stack().parameters().all()) {
        if (parameter.gradient() != null) {
          TinyModel.KERNELS.addScaled(-0.1f, parameter.gradient(), parameter.values());
        }
      }
    }
  }

  @Test
  void freshAdaptersChangeNothing() {
    try (TinyModel model = TinyModel.of(3, tree -> {});
        TrainingPass pass = pass(model)) {
      float[] before = pass.score(BATCH).logProbs();
      assertThat(adapters(model).size()).isEqualTo(2 * 4);
      assertThat(pass.score(BATCH).logProbs()).isEqualTo(before);
    }
  }

  @Test
  void onlyAdaptersLearnAndTheyDo() {
    try (TinyModel model = TinyModel.of(3, tree -> {});
        TrainingPass pass = pass(model)) {
      adapters(model);
      Parameter frozen = model.parameter("model.layers.0.self_attn.o_proj.weight");
      float[] weights = frozen.values().toArray(0);
      double before = pass.run(BATCH, 1).total();
      descend(model, pass, 30);
      assertThat(pass.run(BATCH, 1).total()).isLessThan(before - 0.1);
      assertThat(frozen.values().toArray(0)).isEqualTo(weights);
      assertThat(frozen.gradient()).isNull();
    }
  }

  @Test
  void mergedAdaptersGiveTheSameModel() {
    try (TinyModel model = TinyModel.of(3, tree -> {});
        TrainingPass pass = pass(model)) {
      int parameters = model.stack().parameters().all().size();
      LowRankAdapters adapters = adapters(model);
      descend(model, pass, 10);
      float[] before = pass.score(BATCH).logProbs();
      adapters.merge();
      assertThat(pass.score(BATCH).logProbs()).containsExactly(before, within(2e-5f));
      assertThat(model.stack().parameters().all()).hasSize(parameters);
    }
  }

  @Test
  void nothingToAdaptIsRefused() {
    try (TinyModel model = TinyModel.of(3, tree -> {})) {
      assertThatThrownBy(
              () -> new LowRankAdapters(model.stack(), name -> false, 2, 4, model.arena()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () -> new LowRankAdapters(model.stack(), name -> true, 0, 4, model.arena()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
