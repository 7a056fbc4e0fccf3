package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Decoding against the values that ggml gives for the golden files.
class CodecGoldenTest {
  private static final Path GGUF = Path.of(System.getProperty("fathom.fixtures"), "gguf");

  static List<Path> files() {
    try (var list = Files.list(GGUF)) {
      return list.filter(p -> p.toString().endsWith(".gguf")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void decodesEveryTensorOfAFileToTheGoldenBytes(Path file) throws Exception {
    Map<String, String> golden = goldenHashes(file.getFileName().toString());
    for (GgufTensors.Entry entry : GgufTensors.read(file)) {
      if (golden.containsKey(entry.name())) {
        assertThat(sha256(entry.weight()))
            .as("%s %s", entry.name(), entry.type())
            .isEqualTo(golden.get(entry.name()));
      }
    }
  }

  @Test
  void decodesAllTypesToTheGoldenValues() throws Exception {
    Map<String, MemorySegment> golden =
        SafetensorsTensors.read(GGUF.resolve("dequant.safetensors"));
    int compared = 0;
    for (GgufTensors.Entry entry : GgufTensors.read(GGUF.resolve("all-types.gguf"))) {
      MemorySegment expected = golden.get("all-types.gguf/" + entry.name());
      assertThat(expected).as(entry.name()).isNotNull();
      float[] row = new float[entry.columns()];
      for (int r = 0; r < entry.rows(); r++) {
        Codec.dequantizeRow(entry.weight(), r, row);
        for (int k = 0; k < row.length; k++) {
          int bits = expected.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * (r * row.length + k));
          assertThat(Float.floatToRawIntBits(row[k]))
              .as("%s row %d column %d", entry.name(), r, k)
              .isEqualTo(bits);
        }
      }
      compared++;
    }
    assertThat(compared).isEqualTo(26);
  }

  private static String sha256(WeightMatrix w) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    float[] row = new float[w.columns()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(4L * row.length);
      for (int r = 0; r < w.rows(); r++) {
        Codec.dequantizeRow(w, r, row);
        MemorySegment.copy(row, 0, bytes, ValueLayout.JAVA_FLOAT, 0, row.length);
        digest.update(bytes.asByteBuffer());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// The hashes that golden.json states for a file: of a split file, those of the whole.
  private static Map<String, String> goldenHashes(String file) throws IOException {
    String json = Files.readString(GGUF.resolve("golden.json"));
    String whole = file.replaceFirst("-0000\\d-of", "-00001-of");
    int start = json.indexOf("\"" + whole + "\": {");
    assertThat(start).as("golden.json speaks of " + whole).isNotNegative();
    int end = json.indexOf(".gguf\": {", start + whole.length() + 3);
    String section = json.substring(start, end < 0 ? json.length() : end);
    Matcher tensors =
        Pattern.compile("\"name\": \"([^\"]+)\"[^}]*?\"sha256_f32\": \"([0-9a-f]+)\"")
            .matcher(section);
    Map<String, String> hashes = new HashMap<>();
    while (tensors.find()) {
      hashes.put(tensors.group(1), tensors.group(2));
    }
    return hashes;
  }
}
