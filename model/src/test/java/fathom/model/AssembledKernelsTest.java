package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.x86.Precision;
import fathom.tensor.x86.UnavailableException;
import fathom.tensor.x86.X86Kernels;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole models on the assembled kernels, which may round activations: within what the goldens
/// allow for BF16 activations, by the median over tokens, since an expert may flip.
class AssembledKernelsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"deepseek-v3-tiny", "deepseek-v3-tiny-fp8", "deepseek-v2-lite-tiny", "qwen3-tiny"})
  void staysWithinTheToleranceOfBfloat16Activations(String name) {
    try (Golden golden = Golden.ofModel(name);
        LoadedModel loaded = LoadedModel.of(name, kernels(), ModelOptions.defaults());
        CachedSequence sequence = loaded.newSequence()) {
      float[][] logits = sequence.forward(golden.prompt("short"));
      Matrix expected = golden.matrix("short.logits");
      double[] differences =
          IntStream.range(0, logits.length)
              .mapToDouble(row -> Closeness.largestDifference(logits[row], expected.toArray(row)))
              .sorted()
              .toArray();
      String key = "/tolerances/bf16_activations/median_over_tokens_of_max_abs";
      double tolerance = golden.json().at(key).doubleValue();
      assertThat(differences[differences.length / 2]).isLessThanOrEqualTo(tolerance);
    }
  }

  private static Kernels kernels() {
    try {
      return X86Kernels.detect(LoadedModel.VECTOR, Precision.FLOAT32);
    } catch (UnavailableException e) {
      assumeTrue(false, "skipped: no assembled kernels on this CPU: " + e.getMessage());
      throw e;
    }
  }
}
