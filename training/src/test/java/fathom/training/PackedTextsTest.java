package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import fathom.model.Parameter;
import fathom.model.TrainingBatch;
import fathom.model.TrainingOptions;
import fathom.model.TrainingPass;
import fathom.tensor.Kernels;
import fathom.tensor.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PackedTextsTest {
  private static List<MaskedText> texts(int count, int longest, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<MaskedText> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int prompt = random.nextInt(1, longest / 2);
      int completion = random.nextInt(1, longest / 2);
      texts.add(
          MaskedText.of(
              random.ints(prompt, 1, 290).toArray(), random.ints(completion, 1, 290).toArray()));
    }
    return texts;
  }

  @Test
  void everyTextIsSeenOnceInAnEpoch() {
    List<MaskedText> texts = texts(100, 40, 1);
    PackedTexts packed = new PackedTexts(texts, 64, 7);
    for (int epoch = 0; epoch < 3; epoch++) {
      TrainingBatch all = packed.batch((long) epoch * packed.rows(), packed.rows());
      assertThat(all.packing().sequences()).isEqualTo(100);
      assertThat(all.totalWeight()).isEqualTo(texts.stream().mapToInt(MaskedText::learned).sum());
    }
  }

  @Test
  void epochsHaveOrdersOfTheirOwn() {
    PackedTexts packed = new PackedTexts(texts(100, 40, 1), 64, 7);
    assertThat(packed.batch(0, 4).ids()).isNotEqualTo(packed.batch(packed.rows(), 4).ids());
    assertThat(packed.batch(3, 4).ids()).isEqualTo(packed.batch(3, 4).ids());
  }

  @Test
  void noRowIsLongerThanAllowedAndTextsThatAreAreCounted() {
    PackedTexts packed = new PackedTexts(texts(100, 60, 2), 40, 7);
    assertThat(packed.dropped()).isPositive();
    for (int row = 0; row < packed.rows(); row++) {
      assertThat(packed.inOrder(row, 1).ids().length).isBetween(1, 40);
    }
  }

  @Test
  void onlyWhatIsLearnedHasATarget() {
    MaskedText text = MaskedText.of(new int[] {5, 6, 7}, new int[] {8, 9});
    TrainingBatch batch = PackedTexts.batch(List.of(text));
    assertThat(batch.ids()).containsExactly(5, 6, 7, 8);
    assertThat(batch.targets())
        .containsExactly(TrainingBatch.NO_TARGET, TrainingBatch.NO_TARGET, 8, 9);
  }

  @Test
  void packedTextsHaveTheGradientsOfTextsAlone() {
    List<MaskedText> texts = texts(6, 30, 3);
    Map<String, float[]> together = gradients(List.of(texts));
    List<List<MaskedText>> single = texts.stream().map(List::of).toList();
    Map<String, float[]> alone = gradients(single);
    assertThat(together.keySet()).isEqualTo(alone.keySet());
    together.forEach(
        (name, gradient) -> {
          float[] expected = Objects.requireNonNull(alone.get(name));
          for (int i = 0; i < gradient.length; i++) {
            assertThat(gradient[i]).as(name).isCloseTo(expected[i], within(2e-6f));
          }
        });
  }

  private static Map<String, float[]> gradients(List<List<MaskedText>> batches) {
    Kernels kernels = MicroModel.kernels(Workers.serial());
    Map<String, float[]> gradients = new TreeMap<>();
    try (TrainedModel model =
            TrainedModel.fresh(MicroModel.json(MicroModel.CONFIG), Path.of("config.json"), 5);
        TrainingPass pass = new TrainingPass(model.stack(), kernels, TrainingOptions.plain())) {
      double total = batches.stream().flatMap(List::stream).mapToInt(MaskedText::learned).sum();
      for (List<MaskedText> texts : batches) {
        TrainingBatch batch = PackedTexts.batch(texts);
        pass.score(batch);
        float[] rows = new float[batch.ids().length];
        Arrays.fill(rows, (float) (-1 / total));
        pass.backward(rows);
      }
      for (Parameter parameter : model.parameters().all()) {
        if (parameter.gradient() != null) {
          gradients.put(parameter.name(), parameter.gradient().toArray(0));
        }
      }
    }
    return gradients;
  }
}
