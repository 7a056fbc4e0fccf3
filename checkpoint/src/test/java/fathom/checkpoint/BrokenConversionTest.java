package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// Converts models whose configuration is broken: it contradicts the tensors or itself.
@Timeout(120)
class BrokenConversionTest {
  private static final int CONFIGURATIONS = 1_500;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"llama-tiny", "qwen3-tiny", "deepseek-v2-tiny"})
  void plansOrRefuses(String model) throws IOException {
    Path original = Fixtures.MODELS.resolve(model).resolve("config.json");
    byte[] config = Files.readAllBytes(original);
    Path broken = directory.resolve("config.json");
    Mutator mutator = new Mutator(model.hashCode());
    ConversionOptions options = ConversionOptions.of(QuantizationMix.Q4_K_M);
    ConversionOptions plain = ConversionOptions.of(QuantizationMix.F8_E4M3);
    int refused = 0;
    try (Checkpoint source = Checkpoint.open(Fixtures.MODELS.resolve(model))) {
      for (int i = 0; i < CONFIGURATIONS; i++) {
        byte[] mutated = mutator.mutate(config);
        Mutator.replace(broken, mutated);
        try {
          ObjectNode tree = StrictJson.readObject(broken, StrictJson.CONFIG_BYTES);
          GgufPlan plan = new GgufPlan(source, tree, options);
          assertThat(plan.metadata()).isNotEmpty();
          assertThat(new HuggingFacePlan(source, tree, plain).tensors()).isNotEmpty();
        } catch (MalformedCheckpointException e) {
          refused++;
        } catch (Throwable e) {
          fail(new String(mutated, StandardCharsets.UTF_8), e);
        }
      }
    }
    assertThat(refused).isGreaterThan(CONFIGURATIONS / 4);
  }
}
