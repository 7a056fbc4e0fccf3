package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSizeTest {
  static ModelConfig preset(String name) {
    return ModelConfig.of(ModelPresets.tree(name), Path.of(name));
  }

  /// Billions of parameters as the reports state them.
  @ParameterizedTest
  @CsvSource({
    "v3, 671.0, 37.6, 11.6, 0.3",
    "v2-lite, 15.7, 2.7, 0, 0.05",
    "r1-distill-qwen-1.5b, 1.777, 1.777, 0, 0.001",
    "v3-4b, 4.1, 0.98, 0, 0.1"
  })
  void agreesWithThePublishedNumbers(
      String name, double total, double active, double draft, double tolerance) {
    ModelSize size = ModelSize.of(preset(name));
    assertThat(size.parameters() / 1e9).isCloseTo(total, within(tolerance));
    assertThat(size.activeParameters() / 1e9).isCloseTo(active, within(tolerance));
    assertThat(size.draftParameters() / 1e9).isCloseTo(draft, within(tolerance));
  }

  @Test
  void theLatentCacheOfV3Is576NumbersATokenAndLayer() {
    assertThat(ModelSize.of(preset("v3")).cacheNumbersPerToken()).isEqualTo(61 * 576);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "r1-distill-qwen-1.5b", "v2-lite", "v3", "v3-4b"})
  void everyPresetIsAValidConfiguration(String name) {
    assertThat(preset(name).layers()).isPositive();
    assertThat(ModelPresets.names()).contains(name);
  }

  @Test
  void anUnknownPresetIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> ModelPresets.tree("v9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("v3-4b")
        .hasMessageContaining("v9");
  }

  @Test
  void aChangedPresetLeavesTheNextOneAlone() {
    ModelPresets.tree("tiny").put("hidden_size", 7);
    assertThat(preset("tiny").hiddenSize()).isEqualTo(128);
  }
}
