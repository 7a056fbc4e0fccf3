package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/// Any tensors and metadata that can be declared are read back as they were written.
class RoundTripTest {
  private Path directory;

  @BeforeProperty
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("fathom-round-trip");
  }

  @AfterProperty
  void removeDirectory() throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Provide
  Arbitrary<List<TensorSpec>> plainTensors() {
    return tensors(
        Arbitraries.of(
            DType.F32, DType.F16, DType.BF16, DType.F64, DType.I64, DType.I32, DType.I16),
        1);
  }

  @Provide
  Arbitrary<List<TensorSpec>> ggufTensors() {
    return tensors(
        Arbitraries.of(DType.F32, DType.BF16, DType.Q8_0, DType.Q4_0, DType.MXFP4, DType.I8), 32);
  }

  private static Arbitrary<List<TensorSpec>> tensors(Arbitrary<DType> types, int unit) {
    Arbitrary<List<Long>> dims = Arbitraries.longs().between(0, 5).list().ofMaxSize(3);
    Arbitrary<TensorSpec> tensor =
        Combinators.combine(
                Arbitraries.strings()
                    .alpha()
                    .numeric()
                    .withChars("._äπ中")
                    .ofMinLength(1)
                    .ofMaxLength(40),
                types,
                dims,
                Arbitraries.longs().between(0, 3))
            .as(
                (name, type, outer, columns) -> {
                  List<Long> all = new ArrayList<>(outer);
                  all.add(columns * unit);
                  return new TensorSpec(name, type, new Shape(all));
                });
    return tensor.list().ofMaxSize(12).uniqueElements(TensorSpec::name);
  }

  /// Writes bytes that only depend on the tensor's name.
  private static void write(TensorWriter writer, List<TensorSpec> tensors) {
    try (writer) {
      for (TensorSpec tensor : tensors) {
        writer.write(tensor.name(), content(tensor));
      }
      writer.finish();
    }
  }

  private static MemorySegment content(TensorSpec tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
    new Random(tensor.name().hashCode()).nextBytes(bytes);
    return MemorySegment.ofArray(bytes);
  }

  private static void assertRead(Map<String, TensorEntry> found, List<TensorSpec> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (TensorSpec tensor : expected) {
      TensorEntry entry = found.get(tensor.name());
      assertThat(entry.type()).isEqualTo(tensor.type());
      assertThat(entry.shape()).isEqualTo(tensor.shape());
      assertThat(entry.segment().mismatch(content(tensor))).isEqualTo(-1);
    }
  }

  @Property(tries = 150, seed = "21")
  void safetensors(@ForAll("plainTensors") List<TensorSpec> tensors) {
    Path file = directory.resolve("x.safetensors");
    write(SafetensorsWriter.create(file, tensors, SafetensorsWriter.PYTORCH), tensors);
    try (Arena arena = Arena.ofConfined()) {
      assertRead(SafetensorsFile.open(file, arena).tensors(), tensors);
    }
  }

  @Property(tries = 60, seed = "22")
  void shards(@ForAll("plainTensors") List<TensorSpec> tensors) throws IOException {
    if (tensors.isEmpty()) {
      return;
    }
    Path sharded = Files.createDirectories(directory.resolve("sharded"));
    write(ShardedSafetensorsWriter.create(sharded, tensors, 400), tensors);
    try (Arena arena = Arena.ofConfined()) {
      assertRead(Checkpoint.open(sharded, arena).tensors(), tensors);
    }
  }

  @Property(tries = 150, seed = "23")
  void gguf(
      @ForAll("ggufTensors") List<TensorSpec> tensors,
      @ForAll("alignments") int alignment,
      @ForAll Map<Long, Integer> numbers) {
    Path file = directory.resolve("x.gguf");
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.alignment", GgufValue.of(alignment));
    numbers.forEach((key, value) -> metadata.put("n" + key, GgufValue.of(GgufType.INT32, value)));
    write(GgufWriter.create(file, metadata, tensors), tensors);
    try (Arena arena = Arena.ofConfined()) {
      GgufFile found = GgufFile.open(file, arena);
      assertRead(found.tensors(), tensors);
      assertThat(List.copyOf(found.tensors().keySet()))
          .isEqualTo(tensors.stream().map(TensorSpec::name).toList());
      assertThat(found.metadata().values()).isEqualTo(metadata);
    }
  }

  @Provide
  Arbitrary<Integer> alignments() {
    return Arbitraries.of(8, 16, 32, 64, 4096);
  }
}
