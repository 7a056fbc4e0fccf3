package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WritersTest {
  @TempDir Path directory;

  static Stream<Path> safetensors() throws IOException {
    try (Stream<Path> files = Files.walk(Fixtures.MODELS)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("model"))
          .filter(file -> file.toString().endsWith(".safetensors"))
          .toList()
          .stream();
    }
  }

  static Stream<Path> ggufFiles() throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.GGUF)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).toList().stream();
    }
  }

  private static List<TensorSpec> specs(Map<String, TensorEntry> tensors) {
    return tensors.values().stream()
        .map(tensor -> new TensorSpec(tensor.name(), tensor.type(), tensor.shape()))
        .toList();
  }

  /// Writes all data in pieces of uneven size, tensors in random order.
  private static void writeAll(TensorWriter writer, Map<String, TensorEntry> tensors) {
    List<TensorEntry> shuffled = new ArrayList<>(tensors.values());
    Collections.shuffle(shuffled, new Random(7));
    for (TensorEntry tensor : shuffled) {
      long cut = tensor.segment().byteSize() / 3;
      writer.write(tensor.name(), tensor.segment().asSlice(0, cut));
      writer.write(tensor.name(), tensor.segment().asSlice(cut));
    }
    writer.finish();
  }

  @ParameterizedTest
  @MethodSource("safetensors")
  void rewritesSafetensorsFilesOfTheReferenceByteForByte(Path original) {
    Path copy = directory.resolve("copy.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.open(original, arena);
      try (TensorWriter writer =
          SafetensorsWriter.create(copy, specs(file.tensors()), file.metadata())) {
        writeAll(writer, file.tensors());
      }
    }
    assertThat(copy).hasSameBinaryContentAs(original);
  }

  @ParameterizedTest
  @MethodSource("ggufFiles")
  void rewritesGgufFilesOfLlamaCppByteForByte(Path original) {
    Path copy = directory.resolve("copy.gguf");
    try (Arena arena = Arena.ofConfined()) {
      GgufReader file = new GgufReader(MappedFile.map(original, arena));
      try (TensorWriter writer = GgufWriter.create(copy, file.metadata(), specs(file.tensors()))) {
        writeAll(writer, file.tensors());
      }
    }
    assertThat(copy).hasSameBinaryContentAs(original);
  }

  @Test
  void cutsSafetensorsIntoShardsWithAnIndex() throws IOException {
    try (Checkpoint whole = Checkpoint.open(Fixtures.MODELS.resolve("qwen2-tiny"));
        TensorWriter writer =
            ShardedSafetensorsWriter.create(directory, specs(whole.tensors()), 300_000)) {
      writeAll(writer, whole.tensors());
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .contains("model-00001-of-00004.safetensors", ShardIndex.FILE_NAME)
            .hasSize(5);
      }
      try (Checkpoint copy = Checkpoint.open(directory)) {
        assertSameTensors(copy, whole);
      }
    }
  }

  @Test
  void writesOneShardAsAPlainFileAndRemovesAnOlderIndex() throws IOException {
    Files.writeString(directory.resolve(ShardIndex.FILE_NAME), "{}");
    try (Checkpoint whole = Checkpoint.open(Fixtures.MODELS.resolve("qwen2-tiny"));
        TensorWriter writer =
            ShardedSafetensorsWriter.create(
                directory, specs(whole.tensors()), ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
      writeAll(writer, whole.tensors());
    }
    assertThat(directory.resolve("model.safetensors")).exists();
    assertThat(directory.resolve(ShardIndex.FILE_NAME)).doesNotExist();
  }

  @Test
  void splitsGgufIntoASetThatReadsAsOne() {
    Path original = Fixtures.GGUF.resolve("deepseek-v3-tiny.Q8_0.gguf");
    try (Checkpoint whole = Checkpoint.open(original)) {
      Map<String, GgufValue> metadata = whole.metadata().orElseThrow().values();
      try (TensorWriter writer =
          GgufWriter.createSplit(directory.resolve("part"), metadata, specs(whole.tensors()), 20)) {
        writeAll(writer, whole.tensors());
      }
      try (Checkpoint copy = Checkpoint.open(directory)) {
        assertThat(copy.path().getFileName()).hasToString("part-00001-of-00004.gguf");
        assertSameTensors(copy, whole);
      }
    }
  }

  private static void assertSameTensors(Checkpoint found, Checkpoint expected) {
    assertThat(found.tensors().keySet())
        .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
    for (TensorEntry tensor : expected.tensors().values()) {
      TensorEntry other = found.tensor(tensor.name());
      assertThat(other.shape()).isEqualTo(tensor.shape());
      assertThat(other.segment().mismatch(tensor.segment())).as(tensor.name()).isEqualTo(-1);
    }
  }

  @Test
  void leavesNothingBehindIfItIsNotFinished() throws IOException {
    List<TensorSpec> tensors = List.of(new TensorSpec("a", DType.F32, Shape.of(4)));
    try (TensorWriter writer =
        SafetensorsWriter.create(directory.resolve("a.safetensors"), tensors, Map.of())) {
      writer.write("a", MemorySegment.ofArray(new byte[8]));
      assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("found 8");
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void refusesDataThatWereNotDeclared() {
    List<TensorSpec> tensors = List.of(new TensorSpec("a", DType.F32, Shape.of(4)));
    try (TensorWriter writer = GgufWriter.create(directory.resolve("a.gguf"), Map.of(), tensors)) {
      MemorySegment bytes = MemorySegment.ofArray(new byte[17]);
      assertThatIllegalArgumentException().isThrownBy(() -> writer.write("a", bytes));
      assertThatIllegalArgumentException().isThrownBy(() -> writer.write("b", bytes));
    }
  }

  @Test
  void refusesTypesThatTheFormatDoesNotHave() {
    List<TensorSpec> blocks = List.of(new TensorSpec("a", DType.Q8_0, Shape.of(32)));
    List<TensorSpec> fp8 = List.of(new TensorSpec("a", DType.F8_E4M3, Shape.of(32)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsWriter.create(directory.resolve("a"), blocks, Map.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufWriter.create(directory.resolve("a"), Map.of(), fp8));
  }

  @Test
  void writesEveryTypeOfMetadata() {
    Map<String, GgufValue> metadata =
        Map.of(
            "u8", GgufValue.of(GgufType.UINT8, 255),
            "i64", GgufValue.of(GgufType.INT64, Long.MIN_VALUE),
            "u64", GgufValue.of(GgufType.UINT64, -1L),
            "f64", GgufValue.of(GgufType.FLOAT64, Math.PI),
            "f32", GgufValue.of(1.5f),
            "flag", GgufValue.of(true),
            "text", GgufValue.of("naïve \u0000 中"),
            "texts", GgufValue.ofStrings(List.of("", "ü")),
            "numbers", GgufValue.ofNumbers(GgufType.INT16, List.of(-1, 2)));
    Path file = directory.resolve("all.gguf");
    try (TensorWriter writer = GgufWriter.create(file, metadata, List.of())) {
      writer.finish();
    }
    try (Checkpoint copy = Checkpoint.open(file)) {
      GgufMetadata found = copy.metadata().orElseThrow();
      assertThat(found.values()).isEqualTo(metadata);
      assertThat(found.text("text")).contains("naïve \u0000 中");
      assertThat(found.values().get("u64").doubles()).containsExactly(0x1p64);
    }
  }
}
