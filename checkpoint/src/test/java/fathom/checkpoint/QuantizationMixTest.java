package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import fathom.tensor.DType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class QuantizationMixTest {
  private static final Map<Integer, QuantizationMix> BY_FILE_TYPE =
      Map.of(
          0, QuantizationMix.F32,
          1, QuantizationMix.F16,
          2, QuantizationMix.Q4_0,
          7, QuantizationMix.Q8_0,
          15, QuantizationMix.Q4_K_M,
          17, QuantizationMix.Q5_K_M,
          18, QuantizationMix.Q6_K,
          32, QuantizationMix.BF16);

  static Stream<Path> ggufFiles() {
    return CheckpointTest.ggufFiles();
  }

  @ParameterizedTest
  @MethodSource("ggufFiles")
  void givesEveryTensorOfEveryFixtureItsFormat(Path file) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      GgufMetadata metadata = checkpoint.metadata().orElseThrow();
      QuantizationMix mix = BY_FILE_TYPE.get(metadata.count("general.file_type").orElseThrow());
      String architecture = metadata.text("general.architecture").orElseThrow();
      int layers = metadata.count(architecture + ".block_count").orElseThrow();
      boolean tied = !checkpoint.contains("output.weight");
      for (TensorEntry tensor : checkpoint.tensors().values()) {
        TensorSpec spec = new TensorSpec(tensor.name(), DType.F32, tensor.shape());
        assertThat(mix.typeOf(spec, layers, tied)).as(tensor.name()).isEqualTo(tensor.type());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Q4_K_M, blk.5.ffn_gate.weight, 512, Q4_K",
    "Q4_K_M, blk.5.ffn_gate.weight, 128, Q5_0",
    "Q4_K_M, blk.5.ffn_gate.weight, 40, F16",
    "Q5_K_M, blk.5.ffn_gate.weight, 128, Q5_1",
    "Q6_K, blk.5.ffn_gate.weight, 128, Q8_0",
    "Q8_0, blk.5.ffn_gate.weight, 40, F16",
    "Q4_0, blk.5.ffn_gate.weight, 40, F16",
    "Q4_0, output.weight, 256, Q6_K",
    "Q4_0, output.weight, 96, Q8_0",
    "Q4_0, output.weight, 40, F16",
    "Q8_0, output.weight, 256, Q8_0",
    "Q4_K_S, blk.0.attn_v.weight, 256, Q4_K",
    "Q4_K_M, blk.0.attn_v.weight, 256, Q6_K",
    "Q4_K_M, blk.4.attn_v.weight, 256, Q4_K",
    "Q4_K_M, blk.5.attn_v.weight, 256, Q4_K",
    "Q4_K_M, blk.6.attn_v.weight, 256, Q6_K",
    "Q4_K_M, blk.27.attn_v.weight, 256, Q6_K",
    "Q4_K_M, blk.28.ffn_down_exps.weight, 256, Q6_K",
    "Q4_K_M, blk.1.nextn.eh_proj.weight, 256, Q4_K",
    "BF16, output.weight, 40, BF16",
    "Q4_0, blk.0.ffn_gate_inp.weight, 256, F32",
    "Q4_0, blk.0.attn_q_a_norm.weight, 256, F32",
    "F16, blk.0.nextn.hnorm.weight, 256, F32",
    "F16, blk.0.exp_probs_b.bias, 256, F32"
  })
  void fitsTheFormatToTheTensor(QuantizationMix mix, String name, long columns, DType type) {
    TensorSpec spec = TinyModels.spec(name, DType.F32, 4, columns);
    assertThat(mix.typeOf(spec, 32, false)).isEqualTo(type);
  }

  @Test
  void keepsVectorsInFloat() {
    TensorSpec bias = TinyModels.spec("blk.0.attn_q.weight", DType.F32, 256);
    assertThat(QuantizationMix.Q4_0.typeOf(bias, 4, false)).isEqualTo(DType.F32);
  }

  @Test
  void treatsTiedEmbeddingsAsOutput() {
    TensorSpec embedding = TinyModels.spec("token_embd.weight", DType.F32, 4, 256);
    assertThat(QuantizationMix.Q4_K_M.typeOf(embedding, 4, true)).isEqualTo(DType.Q6_K);
    assertThat(QuantizationMix.Q4_K_M.typeOf(embedding, 4, false)).isEqualTo(DType.Q4_K);
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsName(QuantizationMix mix) {
    assertThat(QuantizationMix.named(mix.name().toLowerCase(Locale.ROOT))).isEqualTo(mix);
  }

  @Test
  void namesAllMixesIfThereIsNoneOfThatName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizationMix.named("q9"))
        .withMessageContaining("q4_k_m")
        .withMessageContaining("q9");
  }

  @Test
  void hasNoFileTypeForFp8() {
    assertThatIllegalArgumentException().isThrownBy(QuantizationMix.F8_E4M3::fileType);
  }

  @Test
  void agreesWithTheGoldenDescriptionOfTypes() {
    JsonNode files = Fixtures.json(Fixtures.GGUF.resolve("golden.json")).get("files");
    assertThat(files.get("llama-tiny.Q4_K_M.gguf").get("types").propertyNames())
        .containsExactlyInAnyOrder("F32", "Q4_K", "Q6_K");
  }
}
