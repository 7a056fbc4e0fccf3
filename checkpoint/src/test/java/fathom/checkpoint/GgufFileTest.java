package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Codec;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class GgufFileTest {
  static Stream<Map.Entry<String, JsonNode>> goldens() {
    return Fixtures.ggufGoldens();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void readsNamesTypesAndDimensionsOfEveryFixture(Map.Entry<String, JsonNode> golden) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.open(Fixtures.GGUF.resolve(golden.getKey()), arena);
      List<String> expected = new ArrayList<>();
      for (JsonNode tensor : golden.getValue().get("tensors")) {
        expected.add(
            "%s %s %s"
                .formatted(
                    tensor.get("name").stringValue(),
                    tensor.get("type").stringValue(),
                    reversed(tensor.get("ne"))));
      }
      assertThat(
              file.tensors().values().stream()
                  .map(t -> "%s %s %s".formatted(t.name(), t.type(), t.shape().dims())))
          .containsExactlyElementsOf(expected);
    }
  }

  private static List<Long> reversed(JsonNode dims) {
    List<Long> list = new ArrayList<>();
    dims.forEach(dim -> list.addFirst(dim.longValue()));
    return list;
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void readsTheMetadataOfEveryFixture(Map.Entry<String, JsonNode> golden) {
    try (Arena arena = Arena.ofConfined()) {
      GgufMetadata metadata =
          GgufFile.open(Fixtures.GGUF.resolve(golden.getKey()), arena).metadata();
      JsonNode expected = golden.getValue().get("metadata");
      assertThat(metadata.values().keySet()).containsExactlyElementsOf(expected.propertyNames());
      for (Map.Entry<String, JsonNode> entry : expected.properties()) {
        GgufValue value = metadata.values().get(entry.getKey());
        String type = (value.isArray() ? "ARRAY of " : "") + value.type();
        assertThat(type).as(entry.getKey()).isEqualTo(entry.getValue().get("type").stringValue());
        if (value.isArray()) {
          assertThat(value.count()).isEqualTo(entry.getValue().get("length").longValue());
          assertThat(firstElements(value)).isEqualTo(texts(entry.getValue().get("first")));
        } else {
          assertThat(text(value)).as(entry.getKey()).isEqualTo(text(entry.getValue().get("value")));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void dequantizesEveryTensorOfEveryFixtureBitForBit(Map.Entry<String, JsonNode> golden)
      throws NoSuchAlgorithmException {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.open(Fixtures.GGUF.resolve(golden.getKey()), arena);
      for (JsonNode expected : golden.getValue().get("tensors")) {
        String name = expected.get("name").stringValue();
        if (expected.has("sha256_f32")) {
          assertThat(sha256OfFloats(file.tensors().get(name)))
              .as(name)
              .isEqualTo(expected.get("sha256_f32").stringValue());
        }
      }
    }
  }

  private static String sha256OfFloats(TensorEntry tensor) throws NoSuchAlgorithmException {
    float[] numbers = new float[Math.toIntExact(tensor.shape().elements())];
    Codec.of(tensor.type()).dequantize(tensor.segment(), 0, numbers, 0, numbers.length);
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
  }

  @Test
  void dequantizesEveryFormatOfGgml() {
    Path file = Fixtures.GGUF.resolve("all-types.gguf");
    try (Arena arena = Arena.ofConfined()) {
      GgufFile all = GgufFile.open(file, arena);
      SafetensorsFile golden =
          SafetensorsFile.open(Fixtures.GGUF.resolve("dequant.safetensors"), arena);
      for (TensorEntry tensor : all.tensors().values()) {
        float[] numbers = new float[Math.toIntExact(tensor.shape().elements())];
        Codec.of(tensor.type()).dequantize(tensor.segment(), 0, numbers, 0, numbers.length);
        TensorEntry expected = golden.tensors().get("all-types.gguf/" + tensor.name());
        for (int i = 0; i < numbers.length; i++) {
          assertThat(numbers[i])
              .isEqualTo(expected.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
      }
    }
  }

  private static List<String> firstElements(GgufValue value) {
    return ((List<?>) value.toJava()).stream().limit(4).map(String::valueOf).toList();
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(GgufFileTest::text).toList();
  }

  private static String text(GgufValue value) {
    return value.type() == GgufType.UINT64
        ? Long.toUnsignedString(value.longs()[0])
        : String.valueOf(value.toJava());
  }

  private static String text(JsonNode node) {
    return node.isFloatingPointNumber() ? String.valueOf(node.doubleValue()) : node.asString();
  }

  @Test
  void joinsTheFilesOfASplitSet() {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file =
          GgufFile.open(
              Fixtures.GGUF.resolve("deepseek-v2-lite-tiny.Q8_0-00001-of-00003.gguf"), arena);
      assertThat(file.tensors()).hasSize(74).containsKey("output_norm.weight");
      assertThat(file.metadata().text("general.architecture")).contains("deepseek2");
    }
  }
}
