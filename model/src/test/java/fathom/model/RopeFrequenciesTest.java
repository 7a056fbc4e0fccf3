package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RopeFrequenciesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v2-lite-tiny",
        "qwen2-tiny",
        "qwen3-tiny",
        "llama-tiny"
      })
  void equalTheReferences(String name) {
    Path folder = Golden.FIXTURES.resolve("models").resolve(name);
    ModelConfig config =
        ModelConfig.of(Golden.json(folder.resolve("config.json")), folder.resolve("config.json"));
    try (Golden golden = Golden.ofModel(name)) {
      AttentionConfig attention = config.attention();
      double[] found = RopeFrequencies.of(attention.rope(), attention.ropeDim());
      float[] expected = golden.matrix("rope.inv_freq").toArray(0);
      assertThat(found).hasSize(expected.length);
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i]).isCloseTo(expected[i], within(1e-6 * expected[i]));
      }
      assertThat(RopeFrequencies.amplitude(attention.rope(), false))
          .isCloseTo(golden.json().at("/rope/cos_sin_factor").doubleValue(), within(1e-6));
      if (attention instanceof LatentAttentionConfig latent) {
        assertThat((double) latent.scoreScale())
            .isCloseTo(golden.json().at("/rope/softmax_scale").doubleValue(), within(1e-6));
      }
    }
  }

  @Test
  void yarnKeepsTheFirstPairsOfV3AndStretchesTheLast() {
    RopeConfig v3 = ModelSizeTest.preset("v3").attention().rope();
    RopeConfig plain = new RopeConfig(v3.theta(), new RopeScaling.None(), true);
    double[] stretched = RopeFrequencies.of(v3, 64);
    double[] unstretched = RopeFrequencies.of(plain, 64);
    assertThat(stretched[10]).isEqualTo(unstretched[10]);
    assertThat(stretched[11]).isLessThan(unstretched[11]);
    assertThat(stretched[23]).isCloseTo(unstretched[23] / 40, within(1e-18));
  }

  @Test
  void linearScalingDividesAllFrequencies() {
    RopeConfig linear = new RopeConfig(10_000, new RopeScaling.Linear(4), false);
    assertThat(RopeFrequencies.of(linear, 4)).containsExactly(0.25, 0.0025);
  }
}
