package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files that really are as large as they claim, and still must fit into 256 MB.
@Tag("long")
@Timeout(120)
class ExtremeFilesTest {
  @TempDir Path directory;

  /// A JSON object of as many entries as fit into `bytes`.
  private static byte[] entries(String begin, IntFunction<String> entry, String end, int bytes) {
    StringBuilder json = new StringBuilder(begin);
    for (int i = 0; json.length() < bytes; i++) {
      json.append(i == 0 ? "" : ",").append(entry.apply(i));
    }
    return json.append(end).toString().getBytes(StandardCharsets.US_ASCII);
  }

  private Path safetensors(byte[] header) throws IOException {
    Path file = directory.resolve("model.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(header.length).put(header).array());
    return file;
  }

  private static void refused(Path file) {
    assertThatThrownBy(() -> Checkpoint.open(file).close())
        .isInstanceOf(MalformedCheckpointException.class);
  }

  @Test
  void refusesMillionsOfEmptyTensors() throws IOException {
    refused(
        safetensors(
            entries(
                "{",
                i -> "\"" + i + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
                "}",
                31 << 20)));
  }

  @Test
  void refusesMillionsOfMetadata() throws IOException {
    refused(safetensors(entries("{\"__metadata__\":{", i -> "\"" + i + "\":\"\"", "}}", 31 << 20)));
  }

  @Test
  void readsLongNamesAndRefusesLongerOnes() throws IOException {
    String name = "x".repeat(1000);
    IntFunction<String> entry =
        i -> "\"" + name + i + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    try (Checkpoint checkpoint = Checkpoint.open(safetensors(entries("{", entry, "}", 31 << 20)))) {
      assertThat(checkpoint.tensors()).hasSizeGreaterThan(25_000);
    }
    refused(safetensors(("{\"" + "x".repeat(30 << 20)).getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void refusesAnIndexOfMillionsOfNames() throws IOException {
    Path index = directory.resolve(ShardIndex.FILE_NAME);
    Files.write(index, entries("{\"weight_map\":{", i -> "\"" + i + "\":0", "}}", 47 << 20));
    refused(index);
    Files.write(index, entries("{\"metadata\":{", i -> "\"" + i + "\":0", "}}", 47 << 20));
    refused(index);
    Files.write(index, entries("{", i -> "\"" + i + "\":0", "}", 47 << 20));
    refused(index);
  }

  @Test
  void readsOrRefusesAConfigurationOfTheLargestSize() throws IOException {
    TinyModels.writeSafetensors(directory.resolve("model.safetensors"));
    int bytes = (int) StrictJson.CONFIG_BYTES - 100;
    for (IntFunction<String> entry :
        List.<IntFunction<String>>of(i -> "\"" + i + "\":[]", i -> "\"" + i + "\":{}")) {
      Files.write(directory.resolve("config.json"), entries("{", entry, "}", bytes));
      try (Checkpoint checkpoint = Checkpoint.open(directory)) {
        assertThat(checkpoint.config()).hasSizeGreaterThan(100_000);
      }
    }
  }

  @Test
  void readsAGgufFileOfMillionsOfEmptyStrings() throws IOException {
    Path file = directory.resolve("model.gguf");
    GgufValue strings =
        new GgufValue(
            GgufType.STRING, true, 10_000_000, MemorySegment.ofArray(new byte[80_000_000]));
    LittleEndianBytes header = new LittleEndianBytes();
    header.putInt(GgufReader.MAGIC).putInt(3).putLong(0).putLong(1);
    header.putString("key").putInt(9).putInt(8).putLong(strings.count());
    try (var channel =
        Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(header.toArray()));
      channel.write(strings.bytes().asByteBuffer());
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.metadata().orElseThrow().values().get("key")).isEqualTo(strings);
    }
  }

  @Test
  void mapsFilesOfMoreThanTwoGigabytes() {
    Path file = directory.resolve("large.gguf");
    long rows = 3_000_000;
    List<TensorSpec> tensors =
        List.of(
            TinyModels.spec("large", DType.F32, rows, 256), TinyModels.spec("last", DType.F32, 2));
    try (TensorWriter writer = GgufWriter.create(file, Map.of(), tensors)) {
      MemorySegment chunk = MemorySegment.ofArray(new byte[1 << 20]);
      for (long done = 0; done < rows * 1024; done += chunk.byteSize()) {
        writer.write("large", chunk.asSlice(0, Math.min(chunk.byteSize(), rows * 1024 - done)));
      }
      writer.write("last", MemorySegment.ofArray(new byte[] {0, 0, -128, 63, 0, 0, 0, 64}));
      writer.finish();
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.weight("large").bytes()).isEqualTo(rows * 1024);
      assertThat(checkpoint.floats("last").toArray(0)).containsExactly(1, 2);
    }
  }
}
