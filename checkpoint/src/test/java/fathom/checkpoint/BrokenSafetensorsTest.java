package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrokenSafetensorsTest {
  @TempDir Path directory;

  private Path file;

  private void write(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    write(json.length, json, dataBytes);
  }

  private void write(long length, byte[] json, int dataBytes) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file = directory.resolve("model.safetensors");
    Files.write(file, bytes.putLong(length).put(json).array());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused() {
    return assertThatThrownBy(() -> Checkpoint.open(file).close())
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(file.toString());
  }

  private static String tensor(String name, String dtype, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, dtype, shape, offsets);
  }

  /// Pads so that data begin at a multiple of 8.
  private static String header(String... tensors) {
    String json = "{" + String.join(",", tensors) + "}";
    return json + " ".repeat(7 - (json.length() + 7) % 8);
  }

  @Test
  void readsWhatIsWhole() throws IOException {
    write(header(tensor("a", "F32", "[2,1]", "[0,8]"), tensor("b", "BF16", "[1]", "[8,10]")), 10);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.tensors()).hasSize(2);
    }
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    file = Files.createFile(directory.resolve("model.safetensors"));
    refused().hasMessageContaining("found a file of 0");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 100_000_001, 3})
  void refusesHeaderLengthsBeyondTheFile(long length) throws IOException {
    write(length, new byte[2], 0);
    refused().hasMessageContaining("offset 0").hasMessageContaining(Long.toUnsignedString(length));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "F32 | [2]         | [0,7]  | expected 8 bytes",
        "F32 | [2]         | [0,12] | within",
        "F32 | [2]         | [8,0]  | within",
        "F32 | [-2]        | [0,8]  | found -2",
        "F32 | [2]         | [-8,0] | found -8",
        "F32 | [2.5]       | [0,8]  | VALUE_NUMBER_INT",
        "F32 | [\"2\"]     | [0,8]  | VALUE_NUMBER_INT",
        "F32 | 2           | [0,8]  | START_ARRAY",
        "F32 | [2]         | [0]    | two data_offsets",
        "F32 | [2]         | [0,8,9]| at most 2",
        "F32 | [[2]]       | [0,8]  | VALUE_NUMBER_INT",
        "Q4_K| [2]         | [0,8]  | found Q4_K",
        "f32 | [2]         | [0,8]  | found f32",
        "F32 | [4294967296,4294967296,4294967296] | [0,8] | below 2^63",
        "F32 | [4611686018427387904] | [0,8] | below 2^63",
        "F32 | [9223372036854775808] | [0,8] | range of `long`",
        "F32 | [1,1,1,1,1,1,1,1,2] | [0,8] | at most 8"
      })
  void refusesEntriesThatContradictThemselves(
      String dtype, String shape, String offsets, String reason) throws IOException {
    write(header(tensor("a", dtype, shape, offsets)), 8);
    refused().hasMessageContaining(reason);
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    write(header(tensor("a", "F32", "[2]", "[0,8]"), tensor("b", "F32", "[2]", "[4,12]")), 12);
    refused().hasMessageContaining("overlapping");
  }

  @Test
  void refusesGapsAndBytesThatBelongToNothing() throws IOException {
    write(header(tensor("a", "F32", "[1]", "[0,4]"), tensor("b", "F32", "[1]", "[8,12]")), 12);
    refused().hasMessageContaining("gap");
    write(header(tensor("a", "F32", "[1]", "[0,4]")), 5);
    refused().hasMessageContaining("1 more bytes");
  }

  @Test
  void refusesTruncatedData() throws IOException {
    write(header(tensor("a", "F32", "[2]", "[0,8]")), 7);
    refused().hasMessageContaining("within 7 bytes");
  }

  @Test
  void refusesMisalignedNumbers() throws IOException {
    write(header(tensor("a", "U8", "[2]", "[0,2]"), tensor("b", "F32", "[1]", "[2,6]")), 6);
    refused().hasMessageContaining("multiple of 4");
  }

  @Test
  void refusesNamesThatOccurTwice() throws IOException {
    write(header(tensor("a", "F32", "[1]", "[0,4]"), tensor("a", "F32", "[1]", "[4,8]")), 8);
    refused().hasMessageContaining("once");
    write("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
    refused().hasMessageContaining("once");
    write("{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}}", 0);
    refused().hasMessageContaining("__metadata__");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "7",
        "{",
        "{\"a\":",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\"}}",
        "{\"a\":[]}",
        "{\"a\":{\"dtype\":1}}",
        "{\"a\":{\"extra\":1}}",
        "{\"__metadata__\":3}",
        "{\"__metadata__\":{\"a\":3}}",
        "{}{}",
        "{}x",
        "\uFEFF{",
        "{\"a\\ud800\":{}}"
      })
  void refusesHeadersThatAreNotOne(String json) throws IOException {
    write(json, 0);
    refused();
  }

  @Test
  void refusesInvalidUtf8() throws IOException {
    byte[] json = header(tensor("a", "F32", "[0]", "[0,0]")).getBytes(StandardCharsets.UTF_8);
    json[2] = (byte) 0xc0;
    write(json.length, json, 0);
    refused().hasMessageContaining("UTF-8");
  }

  @Test
  void refusesAMillionBrackets() throws IOException {
    write("{\"a\":" + "[".repeat(1_000_000), 0);
    refused();
    write("{\"a\":{\"shape\":" + "[".repeat(1_000_000), 0);
    refused();
    write("{\"__metadata__\":" + "{\"a\":".repeat(200_000), 0);
    refused();
  }

  @Test
  void keepsMessagesToOneReadableLine() throws IOException {
    write(header(tensor("\\n" + "x".repeat(1_000), "F32", "[3]", "[0,4]")), 4);
    refused().satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600).doesNotContain("\n"));
  }

  @Test
  void namesTheFileAndThePlace() throws IOException {
    write(header(tensor("some.weight", "F32", "[3]", "[0,4]")), 4);
    refused()
        .isInstanceOfSatisfying(
            MalformedCheckpointException.class,
            e -> {
              assertThat(e.file()).isEqualTo(file);
              assertThat(e.place()).isEqualTo("some.weight");
              assertThat(e).hasMessageEndingWith("expected 12 bytes for F32 [3], found 4");
            });
  }
}
