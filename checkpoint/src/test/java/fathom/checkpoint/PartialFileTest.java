package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialFileTest {
  @TempDir Path directory;

  private static final List<TensorSpec> TENSORS =
      List.of(TinyModels.spec("a", DType.F32, 2), TinyModels.spec("b", DType.F32, 1));

  @Test
  void keepsTheOldFileUntilTheNewOneIsComplete() throws IOException {
    Path file = directory.resolve("model.safetensors");
    Files.writeString(file, "old");
    try (TensorWriter writer = SafetensorsWriter.create(file, TENSORS, Map.of())) {
      writer.write("b", MemorySegment.ofArray(new byte[4]));
      assertThat(file).hasContent("old");
      writer.write("a", MemorySegment.ofArray(new byte[8]));
      assertThat(file).hasContent("old");
      writer.finish();
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b");
    }
  }

  @Test
  void leavesTheOldFileIfTheNewOneIsGivenUp() throws IOException {
    Path file = directory.resolve("model.gguf");
    Files.writeString(file, "old");
    try (TensorWriter writer = GgufWriter.create(file, Map.of(), TENSORS)) {
      writer.write("a", MemorySegment.ofArray(new byte[8]));
    }
    assertThat(file).hasContent("old");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aKilledWriterLeavesNoModel() throws IOException {
    // What lies there in the middle of writing is what lies there after a kill.
    TensorWriter writer = ShardedSafetensorsWriter.create(directory, TENSORS, 8);
    writer.write("a", MemorySegment.ofArray(new byte[8]));
    assertThatThrownBy(() -> Checkpoint.open(directory))
        .isInstanceOf(MalformedCheckpointException.class);
    writer.close();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void saysWhereItCannotWrite() {
    Path nowhere = directory.resolve("none/model.safetensors");
    assertThatThrownBy(() -> SafetensorsWriter.create(nowhere, TENSORS, Map.of()))
        .isInstanceOf(CheckpointWriteException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("cannot be written");
  }

  @Test
  void leavesNothingBehindIfATensorIsDeclaredTwice() {
    List<TensorSpec> twice = List.of(TENSORS.getFirst(), TENSORS.getFirst());
    assertThatThrownBy(() -> GgufWriter.create(directory.resolve("x.gguf"), Map.of(), twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found twice");
    assertThatThrownBy(() -> ShardedSafetensorsWriter.create(directory, twice, 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SafetensorsWriter.create(directory.resolve("x"), twice, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void refusesNamesThatNoTensorHas() {
    assertThatThrownBy(() -> TinyModels.spec("", DType.F32, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TinyModels.spec("__metadata__", DType.F32, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TinyModels.spec("a", DType.Q4_K, 128))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writesSmallFilesAsAWhole() {
    Path file = directory.resolve("config.json");
    PartialFile.writeWhole(file, "{}".getBytes(StandardCharsets.UTF_8));
    assertThat(file).hasContent("{}");
    PartialFile.writeWhole(file, new byte[0]);
    assertThat(file).isEmptyFile();
  }

  @Test
  void headersGrowAsTheyAreWritten() {
    LittleEndianBytes bytes = new LittleEndianBytes();
    for (int i = 0; i < 3000; i++) {
      bytes.putInt(i);
    }
    bytes.putString("é");
    bytes.padTo(64);
    byte[] all = bytes.toArray();
    assertThat(all).hasSize(12_032);
    assertThat(all[4]).isEqualTo((byte) 1);
    assertThat(all[12_000]).isEqualTo((byte) 2);
    assertThat(all[12_008]).isEqualTo((byte) 0xc3);
  }
}
