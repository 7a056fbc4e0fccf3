package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.Codec;
import fathom.tensor.DType;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a conversion does with the files around the tensors, and what it refuses.
class ConverterFilesTest {
  @TempDir Path directory;

  private Path out;

  @BeforeEach
  void choose() {
    out = directory.resolve("out");
  }

  private static void convert(Path in, Path out, ConversionOptions options) {
    new Converter(options, new GoldenTokenizers(), Workers.serial(), (tensor, done, total) -> {})
        .convert(in, out);
  }

  private static final ConversionOptions BF16 = ConversionOptions.of(QuantizationMix.BF16);

  @Test
  void copiesTokenizerAndTemplatesFromDirectoryToDirectory() {
    convert(Fixtures.MODELS.resolve("adder-v3"), out, BF16);
    for (String name : List.of("tokenizer.json", "chat_template.jinja", "generation_config.json")) {
      assertThat(out.resolve(name))
          .hasSameBinaryContentAs(Fixtures.MODELS.resolve("adder-v3").resolve(name));
    }
    assertThat(out.resolve("model.safetensors")).exists();
  }

  @Test
  void keepsTheConfigurationFromDirectoryToDirectory() {
    convert(Fixtures.MODELS.resolve("qwen3-tiny"), out, ConversionOptions.of(QuantizationMix.F16));
    ObjectNode expected =
        (ObjectNode) Fixtures.json(Fixtures.MODELS.resolve("qwen3-tiny/config.json"));
    expected.put("torch_dtype", "float16");
    assertThat(Fixtures.json(out.resolve("config.json"))).isEqualTo(expected);
  }

  @Test
  void dropsFp8SettingsWithTheFormat() {
    convert(Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8"), out, BF16);
    JsonNode config = Fixtures.json(out.resolve("config.json"));
    assertThat(config.has("quantization_config")).isFalse();
    assertThat(config.get("torch_dtype").stringValue()).isEqualTo("bfloat16");
    assertThat(config.get("num_nextn_predict_layers").intValue()).isEqualTo(1);
  }

  @Test
  void saysThatThereIsNoMultiTokenPredictionWhereItIsLeftOut() {
    convert(Fixtures.MODELS.resolve("deepseek-v3-tiny"), out, BF16.withoutMultiTokenPrediction());
    try (Checkpoint found = Checkpoint.open(out)) {
      assertThat(found.config().get("num_nextn_predict_layers").intValue()).isZero();
      assertThat(found.tensors().keySet()).noneMatch(name -> TensorNames.layer(name) >= 4);
    }
  }

  @Test
  void writesGenerationSettingsFromMetadata() {
    convert(Fixtures.GGUF.resolve("qwen2-tiny.Q8_0.gguf"), out, BF16);
    JsonNode generation = Fixtures.json(out.resolve("generation_config.json"));
    assertThat(generation.get("bos_token_id").intValue()).isEqualTo(1013);
    assertThat(generation.get("eos_token_id").intValue()).isEqualTo(1010);
    assertThat(generation.get("temperature").doubleValue()).isEqualTo(0.6);
    assertThat(generation.get("top_p").doubleValue()).isEqualTo(0.95);
    assertThat(generation.get("do_sample").booleanValue()).isTrue();
  }

  @Test
  void undoesThePermutationOfLlamaAndSaysSo() {
    convert(Fixtures.GGUF.resolve("llama-tiny.F16.gguf"), out, BF16);
    try (Checkpoint found = Checkpoint.open(out);
        Checkpoint expected = Checkpoint.open(Fixtures.MODELS.resolve("llama-tiny"))) {
      assertThat(found.config().has("rope_interleave")).isFalse();
      // Float16 holds large weights as exactly as bfloat16 does, and small ones almost.
      String name = "model.layers.1.self_attn.q_proj.weight";
      float[] wanted = new float[256];
      float[] row = new float[256];
      for (int i = 0; i < 256; i++) {
        Codec.dequantizeRow(expected.weight(name), i, wanted);
        Codec.dequantizeRow(found.weight(name), i, row);
        assertThat(row).containsExactly(wanted, Offset.offset(1e-6f));
      }
    }
  }

  @Test
  void joinsASplitSetIntoOneFile() {
    Path file = directory.resolve("one.gguf");
    Path first = Fixtures.GGUF.resolve("deepseek-v2-lite-tiny.Q8_0-00001-of-00003.gguf");
    convert(first, file, ConversionOptions.of(QuantizationMix.Q8_0));
    try (Checkpoint found = Checkpoint.open(file);
        Checkpoint expected = Checkpoint.open(first)) {
      assertThat(found.tensors()).hasSize(74);
      assertThat(found.metadata().orElseThrow().contains("split.count")).isFalse();
      expected
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(found.tensor(name).segment().mismatch(tensor.segment()))
                      .isEqualTo(-1));
    }
  }

  @Test
  void cutsTheOutputIntoShards() {
    ConversionOptions small = new ConversionOptions(QuantizationMix.BF16, true, false, 200_000);
    convert(Fixtures.MODELS.resolve("qwen2-tiny"), out, small);
    assertThat(out.resolve(ShardIndex.FILE_NAME)).exists();
    try (Checkpoint found = Checkpoint.open(out)) {
      assertThat(found.weight("lm_head.weight").type()).isEqualTo(DType.BF16);
    }
  }

  @Test
  void tellsOfEveryPieceUpToTheLastByte() {
    List<Long> done = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    new Converter(
            ConversionOptions.of(QuantizationMix.F8_E4M3),
            new GoldenTokenizers(),
            Workers.serial(),
            (tensor, bytes, total) -> {
              done.add(bytes);
              totals.add(total);
            })
        .convert(Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8"), out);
    assertThat(done).isSorted().hasSizeGreaterThan(200);
    assertThat(totals).containsOnly(done.getLast());
  }

  @Test
  void refusesToConvertADirectoryOntoItself() {
    Path same = Fixtures.MODELS.resolve("qwen2-tiny");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> convert(same, same.resolve("../qwen2-tiny"), BF16))
        .withMessageContaining("another directory");
  }

  @Test
  void refusesFp8InGguf() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                convert(
                    Fixtures.MODELS.resolve("qwen2-tiny"),
                    directory.resolve("x.gguf"),
                    ConversionOptions.of(QuantizationMix.F8_E4M3)))
        .withMessageContaining("F8_E4M3");
  }

  /// A copy of a model in which some tensors are missing or have another name.
  private Path changed(String model, Map<String, String> renamed) throws IOException {
    Path copy = Files.createDirectories(directory.resolve("changed"));
    Path original = Fixtures.MODELS.resolve(model);
    Files.copy(original.resolve("config.json"), copy.resolve("config.json"));
    try (Checkpoint source = Checkpoint.open(original)) {
      List<TensorEntry> kept =
          source.tensors().values().stream()
              .filter(tensor -> !renamed.getOrDefault(tensor.name(), "x").isEmpty())
              .toList();
      List<TensorSpec> specs =
          kept.stream()
              .map(
                  tensor ->
                      new TensorSpec(
                          renamed.getOrDefault(tensor.name(), tensor.name()),
                          tensor.type(),
                          tensor.shape()))
              .toList();
      try (TensorWriter writer = ShardedSafetensorsWriter.create(copy, specs, Long.MAX_VALUE)) {
        for (int i = 0; i < kept.size(); i++) {
          writer.write(specs.get(i).name(), kept.get(i).segment());
        }
        writer.finish();
      }
    }
    return copy;
  }

  private void refused(String model, Map<String, String> renamed, String reason)
      throws IOException {
    Path copy = changed(model, renamed);
    assertThatThrownBy(() -> convert(copy, directory.resolve("x.gguf"), BF16))
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(reason);
    assertThat(directory.resolve("x.gguf")).doesNotExist();
  }

  private static final String EXPERT = "model.layers.1.mlp.experts.%d.up_proj.weight";

  @Test
  void refusesStacksWithAMissingExpert() throws IOException {
    refused("deepseek-v2-tiny", Map.of(EXPERT.formatted(5), ""), "expected 12 experts, found 11");
  }

  @Test
  void refusesStacksWithAnExpertTooMany() throws IOException {
    refused(
        "deepseek-v2-tiny",
        Map.of(EXPERT.formatted(5), EXPERT.formatted(12)),
        "expected 12 experts, found 12");
  }

  @Test
  void refusesExpertsOfDifferentShapes() throws IOException {
    refused(
        "deepseek-v2-tiny",
        Map.of(
            EXPERT.formatted(5),
            "",
            "model.layers.1.mlp.shared_experts.up_proj.weight",
            EXPERT.formatted(5)),
        "as the other experts are");
  }

  @Test
  void refusesTensorsThatGgufDoesNotHave() throws IOException {
    refused(
        "qwen2-tiny",
        Map.of("model.layers.0.self_attn.q_proj.bias", "model.layers.0.self_attn.sinks"),
        "model.layers.0.self_attn.sinks");
  }

  @Test
  void refusesAKvBThatContradictsTheConfiguration() throws IOException {
    refused(
        "deepseek-v2-tiny",
        Map.of(
            "model.layers.1.self_attn.kv_b_proj.weight", "",
            "model.layers.1.self_attn.q_b_proj.weight",
                "model.layers.1.self_attn.kv_b_proj.weight"),
        "expected the shape");
  }

  @Test
  void dropsAHeadThatIsTheEmbedding() throws IOException {
    Path copy = changed("llama-tiny", Map.of());
    Path file = directory.resolve("x.gguf");
    convert(copy, file, BF16);
    try (Checkpoint found = Checkpoint.open(file)) {
      assertThat(found.tensors()).doesNotContainKey("output.weight");
      assertThat(found.config().get("tie_word_embeddings").booleanValue()).isTrue();
    }
  }

  @Test
  void multipliesFp8ByItsScalesOnTheWayToGguf() {
    Path file = directory.resolve("x.gguf");
    Path original = Fixtures.MODELS.resolve("deepseek-v3-tiny-fp8");
    convert(original, file, ConversionOptions.of(QuantizationMix.F32));
    try (Checkpoint found = Checkpoint.open(file);
        Checkpoint expected = Checkpoint.open(original)) {
      for (String name :
          List.of(
              "model.layers.1.mlp.experts.7.down_proj.weight",
              "model.layers.0.self_attn.o_proj.weight",
              "model.layers.3.mlp.shared_experts.up_proj.weight")) {
        float[] wanted = new float[expected.weight(name).columns()];
        float[] row = new float[wanted.length];
        for (int i = 0; i < expected.weight(name).rows(); i++) {
          Codec.dequantizeRow(expected.weight(name), i, wanted);
          Codec.dequantizeRow(found.weight(name), i, row);
          assertThat(row).as(name).containsExactly(wanted);
        }
      }
    }
  }
}
