package fathom.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrokenGgufTest {
  private static final int UINT32 = 4;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  @TempDir Path directory;

  private Path file;
  private LittleEndianBytes bytes;

  @BeforeEach
  void begin() {
    file = directory.resolve("model.gguf");
    bytes = new LittleEndianBytes();
  }

  /// Magic, version and the two counts.
  private LittleEndianBytes header(long tensors, long values) {
    return bytes.putInt(GgufReader.MAGIC).putInt(3).putLong(tensors).putLong(values);
  }

  private LittleEndianBytes tensor(String name, int type, long offset, long... ne) {
    bytes.putString(name).putInt(ne.length);
    for (long dim : ne) {
      bytes.putLong(dim);
    }
    return bytes.putInt(type).putLong(offset);
  }

  private LittleEndianBytes data(int count) {
    bytes.padTo(32);
    bytes.put(MemorySegment.ofArray(new byte[count]));
    return bytes;
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused() throws IOException {
    Files.write(file, bytes.toArray());
    return assertThatThrownBy(() -> Checkpoint.open(file).close())
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void readsWhatIsWhole() throws IOException {
    header(2, 1);
    bytes.putString("key").putInt(UINT32).putInt(7);
    tensor("a", 0, 0, 4, 2);
    tensor("b", 2, 32, 32);
    data(50);
    Files.write(file, bytes.toArray());
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.tensor("a").shape().dims()).containsExactly(2L, 4L);
      assertThat(checkpoint.tensor("b").type()).isEqualTo(DType.Q4_0);
      assertThat(checkpoint.metadata().orElseThrow().count("key")).hasValue(7);
    }
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    refused().hasMessageContaining("the magic number of 4 bytes, found 0");
  }

  @Test
  void refusesAnotherMagicNumber() throws IOException {
    bytes.putInt(0x4c4d4747).putInt(3);
    refused().hasMessageContaining("offset 0: expected the magic number GGUF");
  }

  @ParameterizedTest
  @CsvSource({"1, version 2 or 3", "4, version 2 or 3", "0, version 2 or 3", "-1, version"})
  void refusesOtherVersions(int version, String reason) throws IOException {
    bytes.putInt(GgufReader.MAGIC).putInt(version).putLong(0).putLong(0);
    refused().hasMessageContaining(reason);
  }

  @Test
  void refusesBigEndianFiles() throws IOException {
    bytes.putInt(GgufReader.MAGIC).putInt(Integer.reverseBytes(3)).putLong(0).putLong(0);
    refused().hasMessageContaining("found a big-endian one");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1})
  void refusesCountsBeyondTheFile(long count) throws IOException {
    header(count, 0);
    refused().hasMessageContaining("found " + Long.toUnsignedString(count));
    begin();
    header(0, count);
    refused().hasMessageContaining("found " + Long.toUnsignedString(count));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 30})
  void refusesStringsBeyondTheFile(long length) throws IOException {
    header(0, 1).putLong(length).putInt(UINT32).putLong(7);
    refused().hasMessageContaining("a key within");
    begin();
    header(0, 1).putString("key").putInt(STRING).putLong(length).putLong(0);
    refused().hasMessageContaining("a string within");
  }

  @ParameterizedTest
  @ValueSource(ints = {13, -1, Integer.MAX_VALUE})
  void refusesUnknownTypesOfValues(int type) throws IOException {
    header(0, 1).putString("key").putInt(type).putLong(0);
    refused().hasMessageContaining("found " + type);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 61, 1L << 31, 3})
  void refusesArraysBeyondTheFile(long count) throws IOException {
    header(0, 1).putString("key").putInt(ARRAY).putInt(UINT32).putLong(count).putLong(0);
    refused().hasMessageContaining("array within the 8 bytes");
    begin();
    header(0, 1).putString("key").putInt(ARRAY).putInt(STRING).putLong(count).putLong(0);
    refused();
  }

  @Test
  void refusesNestedArrays() throws IOException {
    header(0, 1).putString("key").putInt(ARRAY).putInt(ARRAY).putLong(1);
    bytes.putInt(UINT32).putLong(1).putInt(5);
    refused().hasMessageContaining("nested arrays");
  }

  @Test
  void refusesInvalidUtf8() throws IOException {
    header(0, 1).putLong(2).put(MemorySegment.ofArray(new byte[] {(byte) 0xc0, (byte) 0xaf}));
    bytes.putInt(UINT32).putInt(1);
    refused().hasMessageContaining("UTF-8");
    begin();
    header(0, 1).putString("key").putInt(STRING).putLong(1);
    bytes.put(MemorySegment.ofArray(new byte[] {(byte) 0xff}));
    refused().hasMessageContaining("UTF-8");
  }

  @Test
  void refusesTruthValuesThatAreNeither() throws IOException {
    header(0, 1).putString("key").putInt(BOOL);
    bytes.put(MemorySegment.ofArray(new byte[] {2}));
    refused().hasMessageContaining("expected 0 or 1, found 2");
  }

  @Test
  void refusesKeysThatOccurTwice() throws IOException {
    header(0, 2).putString("key").putInt(UINT32).putInt(7);
    bytes.putString("key").putInt(UINT32).putInt(7);
    refused().hasMessageContaining("found key twice");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 24, 48, -32, 1 << 21})
  void refusesAlignmentsThatAreNone(int alignment) throws IOException {
    header(0, 1).putString("general.alignment").putInt(UINT32).putInt(alignment);
    refused().hasMessageContaining("general.alignment").hasMessageContaining("power of two");
  }

  @Test
  void refusesAnAlignmentThatIsNoNumber() throws IOException {
    header(0, 1).putString("general.alignment").putInt(STRING).putString("32");
    refused().hasMessageContaining("power of two");
  }

  @ParameterizedTest
  @ValueSource(ints = {5, -1, Integer.MIN_VALUE})
  void refusesRanksThatAreNone(int rank) throws IOException {
    header(1, 0).putString("a").putInt(rank).putLong(1).putLong(1).putLong(1).putLong(1);
    refused().hasMessageContaining("0..4 dimensions");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void refusesNegativeDimensions(long dim) throws IOException {
    header(1, 0);
    tensor("a", 0, 0, dim);
    refused().hasMessageContaining("found " + Long.toUnsignedString(dim));
  }

  @Test
  void refusesShapesThatOverflow() throws IOException {
    header(1, 0);
    tensor("a", 0, 0, 1L << 40, 1L << 40);
    refused().hasMessageContaining("below 2^63");
    begin();
    header(1, 0);
    tensor("a", 0, 0, Long.MAX_VALUE);
    refused().hasMessageContaining("below 2^63");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 31, 36, 41, 99, -1})
  void refusesUnknownTypesOfTensors(int type) throws IOException {
    header(1, 0);
    tensor("a", type, 0, 32);
    data(32);
    refused().hasMessageContaining("found " + type);
  }

  @Test
  void refusesRowsThatAreNoWholeBlocks() throws IOException {
    header(1, 0);
    tensor("a", 12, 0, 128, 2);
    data(144);
    refused().hasMessageContaining("multiple of 256");
  }

  @ParameterizedTest
  @ValueSource(longs = {-32, Long.MIN_VALUE, 1L << 40, 64, 32})
  void refusesTensorsBeyondTheFile(long offset) throws IOException {
    header(1, 0);
    tensor("a", 0, offset, 16);
    data(64);
    refused().hasMessageContaining("expected its 64 bytes within 64");
  }

  @Test
  void refusesMisalignedTensors() throws IOException {
    header(1, 0);
    tensor("a", 0, 4, 4);
    data(64);
    refused().hasMessageContaining("multiple of 32");
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    header(2, 0);
    tensor("a", 0, 0, 16);
    tensor("b", 0, 32, 8);
    data(64);
    refused().hasMessageContaining("overlapping");
  }

  @Test
  void refusesTensorsThatOccurTwice() throws IOException {
    header(2, 0);
    tensor("a", 0, 0, 8);
    tensor("a", 0, 32, 8);
    data(64);
    refused().hasMessageContaining("found a twice");
  }

  @Test
  void readsVersionTwo() throws IOException {
    byte[] original = Files.readAllBytes(Fixtures.GGUF.resolve("deepseek-v3-tiny.Q8_0.gguf"));
    original[4] = 2;
    Files.write(file, original);
    try (Arena arena = Arena.ofConfined()) {
      GgufFile second = GgufFile.open(file, arena);
      GgufFile third = GgufFile.open(Fixtures.GGUF.resolve("deepseek-v3-tiny.Q8_0.gguf"), arena);
      assertThat(second.version()).isEqualTo(2);
      assertThat(second.metadata().values()).isEqualTo(third.metadata().values());
      assertThat(second.tensors()).hasSameSizeAs(third.tensors());
    }
  }

  private void writeSplit(int part, Map<String, GgufValue> metadata, String tensor) {
    List<TensorSpec> tensors = List.of(TinyModels.spec(tensor, DType.F32, 4));
    Path path = directory.resolve(GgufFile.splitName("set", part, 2));
    TinyModels.fill(GgufWriter.create(path, metadata, tensors), tensors);
  }

  private static Map<String, GgufValue> split(int number, int count, int tensors) {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("split.no", GgufValue.of(GgufType.UINT16, number));
    metadata.put("split.count", GgufValue.of(GgufType.UINT16, count));
    metadata.put("split.tensors.count", GgufValue.of(GgufType.INT32, tensors));
    return metadata;
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refusedSet() {
    return assertThatThrownBy(
            () -> Checkpoint.open(directory.resolve("set-00001-of-00002.gguf")).close())
        .isInstanceOf(MalformedCheckpointException.class);
  }

  @Test
  void refusesASetWithAMissingFile() {
    writeSplit(0, split(0, 2, 2), "a");
    refusedSet().hasMessageContaining("set-00002-of-00002.gguf");
  }

  @Test
  void refusesAFileOfAnotherSet() {
    writeSplit(0, split(0, 2, 2), "a");
    writeSplit(1, split(1, 3, 2), "b");
    refusedSet().hasMessageContaining("expected file 1 of a set of 2, found 1 of 3");
  }

  @Test
  void refusesASetWithATensorTwice() {
    writeSplit(0, split(0, 2, 2), "a");
    writeSplit(1, split(1, 2, 2), "a");
    refusedSet().hasMessageContaining("found it twice");
  }

  @Test
  void refusesASetWithAnotherNumberOfTensors() {
    writeSplit(0, split(0, 2, 5), "a");
    writeSplit(1, split(1, 2, 5), "b");
    refusedSet().hasMessageContaining("expected 5 tensors in the set, found 2");
  }

  @Test
  void refusesAFileOfASetThatIsNotTheFirst() {
    writeSplit(0, split(1, 2, 2), "a");
    refusedSet().hasMessageContaining("expected file 0");
  }

  @Test
  void refusesAFileOfASetUnderAnotherName() {
    List<TensorSpec> tensors = List.of(TinyModels.spec("a", DType.F32, 4));
    TinyModels.fill(GgufWriter.create(file, split(0, 2, 2), tensors), tensors);
    assertThatThrownBy(() -> Checkpoint.open(file).close())
        .isInstanceOf(MalformedCheckpointException.class)
        .hasMessageContaining("NAME-00001-of-00002.gguf");
  }
}
