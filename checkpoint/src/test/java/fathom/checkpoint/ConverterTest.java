package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ConverterTest {
  @TempDir Path directory;

  private static void convert(Path in, Path out, ConversionOptions options) {
    new Converter(options, new GoldenTokenizers(), Workers.serial(), (tensor, done, total) -> {})
        .convert(in, out);
  }

  private static ConversionOptions mix(String name) {
    return ConversionOptions.of(QuantizationMix.named(name)).withoutMultiTokenPrediction();
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-v3-tiny, bf16, deepseek-v3-tiny.BF16.gguf",
    "deepseek-v2-lite-tiny, f16, deepseek-v2-lite-tiny.F16.gguf",
    "llama-tiny, f16, llama-tiny.F16.gguf",
    "qwen2-tiny, f32, qwen2-tiny.F32.gguf",
    "qwen3-tiny, bf16, qwen3-tiny.BF16.gguf",
    "qwen3-tiny, q8_0, qwen3-tiny.Q8_0.gguf",
    "deepseek-v3-tiny, q8_0, deepseek-v3-tiny.Q8_0.gguf"
  })
  void writesTheTensorsAndMetadataThatLlamaCppWrites(String model, String type, String golden) {
    Path out = directory.resolve("out.gguf");
    convert(Fixtures.MODELS.resolve(model), out, mix(type));
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(Fixtures.GGUF.resolve(golden))) {
      assertThat(found.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
      expected.tensors().values().forEach(tensor -> assertSame(found, tensor));
      assertSameMetadata(found, expected);
    }
  }

  private static void assertSame(Checkpoint found, TensorEntry expected) {
    TensorEntry tensor = found.tensors().get(expected.name());
    assertThat(tensor.shape()).as(expected.name()).isEqualTo(expected.shape());
    assertThat(tensor.type()).as(expected.name()).isEqualTo(expected.type());
    assertThat(tensor.segment().mismatch(expected.segment())).as(expected.name()).isEqualTo(-1);
  }

  private static void assertSameMetadata(Checkpoint found, Checkpoint expected) {
    Map<String, GgufValue> wanted = new LinkedHashMap<>(expected.metadata().orElseThrow().values());
    // The number of parameters in words is all that llama.cpp says beyond this.
    wanted.remove("general.size_label");
    assertThat(found.metadata().orElseThrow().values()).containsExactlyInAnyOrderEntriesOf(wanted);
  }

  @ParameterizedTest
  @CsvSource({
    "llama-tiny, q4_k_m, llama-tiny.Q4_K_M.gguf",
    "llama-tiny, q5_k_m, llama-tiny.Q5_K_M.gguf",
    "llama-tiny, q6_k, llama-tiny.Q6_K.gguf",
    "llama-tiny, q4_0, llama-tiny.Q4_0.gguf",
    "qwen2-tiny, q4_0, qwen2-tiny.Q4_0.gguf",
    "deepseek-v3-tiny, q4_0, deepseek-v3-tiny.Q4_0.gguf"
  })
  void choosesTheFormatsThatLlamaCppChooses(String model, String type, String golden) {
    Path out = directory.resolve("out.gguf");
    convert(Fixtures.MODELS.resolve(model), out, mix(type));
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(Fixtures.GGUF.resolve(golden))) {
      assertThat(types(found)).containsExactlyInAnyOrderEntriesOf(types(expected));
      assertThat(found.metadata().orElseThrow().count("general.file_type"))
          .isEqualTo(expected.metadata().orElseThrow().count("general.file_type"));
      assertCloseTo(found, expected);
    }
  }

  private static Map<String, DType> types(Checkpoint checkpoint) {
    Map<String, DType> types = new LinkedHashMap<>();
    checkpoint.tensors().values().forEach(tensor -> types.put(tensor.name(), tensor.type()));
    return types;
  }

  /// Another search for the scales may find others; the numbers must still be about the same.
  private static void assertCloseTo(Checkpoint found, Checkpoint expected) {
    for (TensorEntry tensor : expected.tensors().values()) {
      float[] wanted = numbers(tensor);
      float[] actual = numbers(found.tensor(tensor.name()));
      double error = 0;
      double power = 0;
      for (int i = 0; i < wanted.length; i++) {
        error += Math.pow(wanted[i] - actual[i], 2);
        power += Math.pow(wanted[i], 2);
      }
      assertThat(Math.sqrt(error / Math.max(power, 1e-30))).as(tensor.name()).isLessThan(0.12);
    }
  }

  private static float[] numbers(TensorEntry tensor) {
    float[] numbers = new float[Math.toIntExact(tensor.shape().elements())];
    Codec.of(tensor.type()).dequantize(tensor.segment(), 0, numbers, 0, numbers.length);
    return numbers;
  }

  @Test
  void splitsAndStacksInTheLayoutOfK_Quants() {
    // The golden file with rows of 256 on DeepSeek tensors has no directory; it converts in place.
    Path out = directory.resolve("out.gguf");
    Path golden = Fixtures.GGUF.resolve("deepseek-v3-k.Q4_K_M.gguf");
    convert(golden, out, mix("q4_k_m"));
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(golden)) {
      assertThat(types(found)).containsExactlyEntriesOf(types(expected));
      expected.tensors().values().forEach(tensor -> assertSame(found, tensor));
    }
  }

  @Test
  void writesTheLegacyLayoutOfKvB() {
    Path out = directory.resolve("out.gguf");
    convert(Fixtures.MODELS.resolve("deepseek-v3-tiny"), out, mix("q8_0").withWholeKvB());
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected =
            Checkpoint.open(Fixtures.GGUF.resolve("deepseek-v3-tiny.legacy.Q8_0.gguf"))) {
      assertThat(types(found)).containsExactlyInAnyOrderEntriesOf(types(expected));
      expected.tensors().values().forEach(tensor -> assertSame(found, tensor));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v3-tiny",
        "deepseek-v2-lite-tiny",
        "deepseek-v2-tiny",
        "llama-tiny",
        "qwen2-tiny",
        "qwen3-tiny"
      })
  void bringsEveryTensorBackFromGguf(String model) {
    Path original = Fixtures.MODELS.resolve(model);
    Path gguf = directory.resolve("out.gguf");
    ConversionOptions all = ConversionOptions.of(QuantizationMix.BF16);
    convert(original, gguf, all);
    Path back = directory.resolve("back");
    convert(gguf, back, all);
    try (Checkpoint found = Checkpoint.open(back);
        Checkpoint expected = Checkpoint.open(original)) {
      assertThat(found.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
      expected.tensors().values().forEach(tensor -> assertSame(found, tensor));
      ObjectNode config = found.config();
      for (Map.Entry<String, JsonNode> entry : config.properties()) {
        // As the released distills do, qwen2-tiny names its end token as the first one.
        boolean known = expected.config().has(entry.getKey()) && !entry.getValue().isObject();
        if (known && !entry.getKey().equals("bos_token_id")) {
          assertThat(String.valueOf(number(entry.getValue())))
              .as(entry.getKey())
              .isEqualTo(String.valueOf(number(expected.config().get(entry.getKey()))));
        }
      }
    }
  }

  private static Object number(JsonNode node) {
    return node.isNumber() ? (Object) node.doubleValue() : node.toString();
  }

  @Test
  void keepsTheLayersOfMultiTokenPrediction() {
    Path out = directory.resolve("out.gguf");
    convert(
        Fixtures.MODELS.resolve("deepseek-v3-tiny"),
        out,
        ConversionOptions.of(QuantizationMix.Q8_0));
    try (Checkpoint found = Checkpoint.open(out)) {
      GgufMetadata metadata = found.metadata().orElseThrow();
      assertThat(metadata.count("deepseek2.nextn_predict_layers")).hasValue(1);
      assertThat(metadata.count("deepseek2.block_count")).hasValue(5);
      assertThat(found.config().get("num_hidden_layers").intValue()).isEqualTo(4);
      assertThat(found.config().get("num_nextn_predict_layers").intValue()).isEqualTo(1);
      assertThat(found.contains("model.layers.4.eh_proj.weight")).isTrue();
      assertThat(found.tensors()).containsKey("blk.4.nextn.shared_head_norm.weight");
    }
  }

  @Test
  void multipliesFp8WeightsByTheirScales() {
    Path out = directory.resolve("out");
    Path original = Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8");
    convert(original, out, ConversionOptions.of(QuantizationMix.F32));
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(original)) {
      WeightMatrix weight = expected.weight("model.layers.1.self_attn.q_a_proj.weight");
      WeightMatrix converted = found.weight("model.layers.1.self_attn.q_a_proj.weight");
      float[] wanted = new float[weight.columns()];
      float[] row = new float[weight.columns()];
      for (int i = 0; i < weight.rows(); i++) {
        Codec.dequantizeRow(weight, i, wanted);
        Codec.dequantizeRow(converted, i, row);
        assertThat(row).containsExactly(wanted);
      }
      assertThat(found.config().has("quantization_config")).isFalse();
      assertThat(found.tensors().keySet()).noneMatch(name -> name.endsWith("_scale_inv"));
    }
  }

  @Test
  void writesBlockFp8ThatReadsAsTheSameNumbers() {
    Path out = directory.resolve("out");
    Path original = Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8");
    convert(original, out, ConversionOptions.of(QuantizationMix.F8_E4M3));
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(original)) {
      assertThat(types(found)).containsExactlyInAnyOrderEntriesOf(types(expected));
      assertThat(found.config().get("quantization_config"))
          .isEqualTo(expected.config().get("quantization_config"));
      WeightMatrix weight = expected.weight("model.layers.1.mlp.experts.3.up_proj.weight");
      WeightMatrix again = found.weight("model.layers.1.mlp.experts.3.up_proj.weight");
      float[] wanted = new float[weight.columns()];
      float[] row = new float[weight.columns()];
      for (int i = 0; i < weight.rows(); i++) {
        Codec.dequantizeRow(weight, i, wanted);
        Codec.dequantizeRow(again, i, row);
        for (int j = 0; j < row.length; j++) {
          assertThat(row[j]).isCloseTo(wanted[j], Offset.offset(1e-2f));
        }
      }
    }
  }

  @Test
  void writesTheSameBytesWithAnyNumberOfThreads() {
    Path one = directory.resolve("one.gguf");
    Path many = directory.resolve("many.gguf");
    Path original = Fixtures.MODELS.resolve("deepseek-v3-tiny");
    ConversionOptions options = ConversionOptions.of(QuantizationMix.Q4_K_M);
    convert(original, one, options);
    List<Long> steps = new ArrayList<>();
    try (Workers workers = new WorkerPool(3)) {
      new Converter(
              options,
              new GoldenTokenizers(),
              workers,
              (tensor, done, total) -> steps.add(total - done))
          .convert(original, many);
    }
    assertThat(many).hasSameBinaryContentAs(one);
    assertThat(steps).isSortedAccordingTo((a, b) -> Long.compare(b, a)).endsWith(0L);
  }

  @Test
  void refusesQuantizedDirectories() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> convert(Fixtures.MODELS.resolve("qwen2-tiny"), directory, mix("q4_0")))
        .withMessageContaining("Q4_0");
  }
}
