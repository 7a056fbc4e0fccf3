package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokenDirectoryTest {
  @TempDir Path directory;

  private AbstractThrowableAssert<?, ? extends Throwable> refused(Path path) {
    return assertThatThrownBy(() -> Checkpoint.open(path).close())
        .isInstanceOf(MalformedCheckpointException.class);
  }

  @Test
  void refusesADirectoryWithoutAModel() {
    refused(directory)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("model.safetensors");
  }

  @Test
  void refusesADirectoryWithSeveralGgufFiles() {
    TinyModels.writeGguf(directory.resolve("a.gguf"));
    TinyModels.writeGguf(directory.resolve("b.gguf"));
    refused(directory).hasMessageContaining("found 2 .gguf files");
  }

  @Test
  void opensADirectoryWithOneGgufFile() {
    TinyModels.writeGguf(directory.resolve("a.gguf"));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.format()).isEqualTo(Checkpoint.Format.GGUF);
    }
  }

  @Test
  void refusesWhatIsNotThere() {
    refused(directory.resolve("missing.gguf")).hasMessageContaining("found none");
    refused(directory.resolve("missing.safetensors")).hasMessageContaining("found none");
    refused(directory.resolve("missing")).hasMessageContaining("found neither");
  }

  @Test
  void refusesADirectoryInPlaceOfAFile() throws IOException {
    Files.createDirectory(directory.resolve("model.safetensors"));
    refused(directory);
  }

  private void writeIndex(String json) throws IOException {
    TinyModels.writeSafetensors(directory.resolve("model-1.safetensors"));
    Files.writeString(directory.resolve(ShardIndex.FILE_NAME), json);
  }

  private static String map(String shard) {
    return "{\"weight_map\":{\"q.weight\":\"%s\"}}".formatted(shard);
  }

  @Test
  void refusesAMissingShard() throws IOException {
    writeIndex(map("model-2.safetensors"));
    refused(directory)
        .hasMessageContaining("q.weight")
        .hasMessageContaining("model-2.safetensors, found no such file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model-1.safetensors",
        "/etc/passwd",
        "./model-1.safetensors",
        "sub/model-1.safetensors",
        "C:model.safetensors",
        "model.safetensors.index.json",
        "model-1.bin",
        "",
        ".safetensors"
      })
  void refusesShardsThatAreNoPlainFileOfTheDirectory(String shard) throws IOException {
    writeIndex(map(shard));
    refused(directory).hasMessageContaining("q.weight");
  }

  @Test
  void refusesAnIndexThatNamesATensorWhichItsShardLacks() throws IOException {
    writeIndex("{\"weight_map\":{\"other\":\"model-1.safetensors\"}}");
    refused(directory).hasMessageContaining("other").hasMessageContaining("model-1.safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "{\"weight_map\":{}}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":{\"$ref\":\"#\"}}}",
        "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"a\":\"model-1.safetensors\"}}",
        "{\"weight_map\":{\"q.weight\":\"model-1.safetensors\"}",
        "{\"weight_map\":{\"q.weight\":\"model-1.safetensors\"}}}"
      })
  void refusesAnIndexThatIsNone(String json) throws IOException {
    writeIndex(json);
    refused(directory).hasMessageContaining(ShardIndex.FILE_NAME);
  }

  @Test
  void refusesAnIndexOfAMillionBrackets() throws IOException {
    writeIndex("{\"metadata\":" + "[".repeat(1_000_000));
    refused(directory).hasMessageContaining(ShardIndex.FILE_NAME);
  }

  @Test
  void takesFromTheShardsWhatTheIndexNames() throws IOException {
    writeIndex("{\"weight_map\":{\"model.norm.weight\":\"model-1.safetensors\"}}");
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("model.norm.weight");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "nul", "{\"a\":1,\"a\":2}", "{} {}", "{\"a\":1e}"})
  void refusesAConfigurationThatIsNone(String json) throws IOException {
    TinyModels.writeSafetensors(directory.resolve("model.safetensors"));
    Files.writeString(directory.resolve("config.json"), json);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThatThrownBy(checkpoint::config)
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("config.json");
    }
  }

  @Test
  void refusesADeepOrHugeConfiguration() throws IOException {
    TinyModels.writeSafetensors(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThatThrownBy(checkpoint::config).hasMessageContaining("found none");
      Files.writeString(directory.resolve("config.json"), "{\"a\":".repeat(1_000_000));
      assertThatThrownBy(checkpoint::config).isInstanceOf(MalformedCheckpointException.class);
      Files.writeString(
          directory.resolve("config.json"), "{\"a\":[" + "[],".repeat(2_000_000) + "1]}");
      assertThatThrownBy(checkpoint::config)
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("at most");
    }
  }

  private void writeFp8(float scale, long... scaleDims) {
    List<TensorSpec> tensors =
        List.of(
            TinyModels.spec("q.weight", DType.F8_E4M3, 130, 8),
            TinyModels.spec("q.weight_scale_inv", DType.F32, scaleDims));
    try (TensorWriter writer =
        SafetensorsWriter.create(directory.resolve("model.safetensors"), tensors, Map.of())) {
      writer.write("q.weight", MemorySegment.ofArray(new byte[130 * 8]));
      for (int i = 0; i < tensors.get(1).shape().elements(); i++) {
        MemorySegment one = MemorySegment.ofArray(new byte[4]);
        one.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, scale);
        writer.write("q.weight_scale_inv", one);
      }
      writer.finish();
    }
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refusedWeight() {
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      return assertThatThrownBy(() -> checkpoint.weight("q.weight"))
          .isInstanceOf(MalformedCheckpointException.class)
          .hasMessageContaining("q.weight_scale_inv");
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, -1e-3f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesScalesThatCannotBe(float scale) {
    writeFp8(scale, 2, 1);
    refusedWeight().hasMessageContaining("at [0, 0]");
  }

  @Test
  void refusesAGridOfScalesThatDoesNotFit() {
    writeFp8(1, 1, 1);
    refusedWeight().hasMessageContaining("2 x 1");
    writeFp8(1, 2, 2);
    refusedWeight().hasMessageContaining("2 x 1");
  }

  @Test
  void acceptsScalesOfZero() {
    writeFp8(0, 2, 1);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThat(checkpoint.weight("q.weight").scales()).isNotNull();
    }
  }

  @Test
  void refusesFp8WithoutScales() {
    List<TensorSpec> tensors = List.of(TinyModels.spec("q.weight", DType.F8_E4M3, 2, 8));
    TinyModels.fill(
        SafetensorsWriter.create(directory.resolve("model.safetensors"), tensors, Map.of()),
        tensors);
    refusedWeight().hasMessageContaining("found none");
  }

  @Test
  void refusesWeightsOfAnotherRank() {
    TinyModels.writeSafetensors(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertThatThrownBy(() -> checkpoint.weight("stack")).hasMessageContaining("two dimensions");
      assertThatThrownBy(() -> checkpoint.weight("model.norm.weight"))
          .hasMessageContaining("two dimensions");
      assertThatThrownBy(() -> checkpoint.floats("scalar")).hasMessageContaining("found []");
      assertThatThrownBy(() -> checkpoint.slices("model.norm.weight"))
          .hasMessageContaining("stack of at most");
      assertThatThrownBy(() -> checkpoint.tensor("nothing")).hasMessageContaining("found none");
    }
  }
}
