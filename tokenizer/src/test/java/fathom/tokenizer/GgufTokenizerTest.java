package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufTokenizerTest {
  @ParameterizedTest
  @CsvSource({
    "deepseek-v3-tiny.Q8_0, tiny, 1",
    "qwen2-tiny.Q8_0, tiny-qwen, 1010",
    "llama-tiny.Q8_0, tiny, 1",
    "qwen3-tiny.Q8_0, tiny, 1"
  })
  void encodesFromAFilesMetadataAsFromItsTokenizerJson(String file, String golden, int eos)
      throws IOException {
    Tokenizer tokenizer =
        Tokenizer.fromGguf(GgufHeader.read(Fixtures.own("gguf/" + file + ".gguf")));
    for (Map<String, Object> one :
        Fixtures.lines(Fixtures.tokenizer(golden).resolve("cases.jsonl"))) {
      String text = (String) one.get("text");
      int[] ids = Fixtures.ids(one.get("ids"));
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(one.getOrDefault("decoded", text));
    }
    assertThat(tokenizer.specialTokens().eos()).hasValue(eos);
    assertThat(tokenizer.specialTokens().addBos()).isTrue();
    assertThat(tokenizer.chatTemplate()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "tiny, deepseek-v3",
    "tiny-qwen, qwen2",
    "deepseek-v3, deepseek-v3",
    "qwen, qwen2",
    "llama3, llama-bpe"
  })
  void survivesTheWayThroughMetadata(String name, String pre) throws IOException {
    Path directory = Fixtures.tokenizer(name);
    Tokenizer original = Tokenizer.open(directory);
    Map<String, Object> metadata = original.toGguf(original.vocabularySize() + 5);
    assertThat(metadata.get("tokenizer.ggml.pre")).isEqualTo(pre);
    Tokenizer read = Tokenizer.fromGguf(metadata);
    for (Map<String, Object> one : Fixtures.lines(directory.resolve("cases.jsonl"))) {
      String text = (String) one.get("text");
      assertThat(read.encode(text)).as(text).isEqualTo(Fixtures.ids(one.get("ids")));
    }
    assertThat(read.specialTokens().bos()).isEqualTo(original.specialTokens().bos());
    assertThat(read.specialTokens().eos()).isEqualTo(original.specialTokens().eos());
  }

  @Test
  void writesTheMetadataThatTheConverterWrites() throws IOException {
    Map<String, Object> golden = GgufHeader.read(Fixtures.own("gguf/deepseek-v3-tiny.Q8_0.gguf"));
    Tokenizer tokenizer = Tokenizer.open(Fixtures.own("models/deepseek-v3-tiny"));
    Map<String, Object> written = tokenizer.toGguf(1032);
    written.forEach((key, value) -> assertThat(value).as(key).isEqualTo(golden.get(key)));
    assertThat(written.keySet())
        .containsAll(golden.keySet().stream().filter(key -> key.startsWith("tokenizer.")).toList());
  }

  @Test
  void paddingIsNeverText() throws IOException {
    Tokenizer tokenizer =
        Tokenizer.fromGguf(GgufHeader.read(Fixtures.own("gguf/deepseek-v3-tiny.Q8_0.gguf")));
    assertThat(tokenizer.decode(1030)).isEmpty();
    assertThat(tokenizer.encode("[PAD1030]")).doesNotContain(1030);
    assertThat(tokenizer.vocabularySize()).isEqualTo(1024);
  }

  @Test
  void saysWhatIsWrongWithMetadata() {
    assertRefused(Map.of(), "tokenizer.ggml.model: expected a string, found nothing");
    assertRefused(with("tokenizer.ggml.model", "llama"), "expected gpt2");
    assertRefused(
        with("tokenizer.ggml.pre", "tekken"), "expected one of deepseek-v3, deepseek-llm");
    assertRefused(with("tokenizer.ggml.tokens", "a"), "tokens: expected a list");
    assertRefused(with("tokenizer.ggml.tokens", List.of("a", 1L)), "tokens[1]: expected a string");
    assertRefused(with("tokenizer.ggml.token_type", List.of(1)), "expected 2 entries, found 1");
    assertRefused(
        with("tokenizer.ggml.token_type", List.of(1, 9)), "a number from 1 to 6, found 9");
    assertRefused(with("tokenizer.ggml.token_type", List.of(1, "x")), "token_type[1]");
    assertRefused(
        with("tokenizer.ggml.merges", List.of("a b")), "merges[0]: expected two tokens that make");
    assertRefused(
        with("tokenizer.ggml.merges", List.of("ab")), "merges[0]: expected two tokens separated");
    assertRefused(with("tokenizer.ggml.bos_token_id", -1L), "bos_token_id: expected an id");
    assertRefused(
        with("tokenizer.ggml.add_bos_token", "yes"), "add_bos_token: expected true or false");
  }

  private static Map<String, Object> with(String key, Object value) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("tokenizer.ggml.model", "gpt2");
    metadata.put("tokenizer.ggml.pre", "qwen2");
    metadata.put("tokenizer.ggml.tokens", List.of("a", "b"));
    metadata.put("tokenizer.ggml.token_type", List.of(1, 1));
    metadata.put("tokenizer.ggml.merges", List.of());
    metadata.put(key, value);
    return metadata;
  }

  private static void assertRefused(Map<String, Object> metadata, String message) {
    assertThatThrownBy(() -> Tokenizer.fromGguf(metadata))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining(message);
  }

  /// Just enough of GGUF to read the metadata of the golden files.
  private static final class GgufHeader {
    private final ByteBuffer bytes;

    private GgufHeader(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    static Map<String, Object> read(Path file) throws IOException {
      GgufHeader header =
          new GgufHeader(
              ByteBuffer.wrap(Files.readAllBytes(file))
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .position(16));
      long count = header.bytes.getLong();
      Map<String, Object> metadata = new LinkedHashMap<>();
      for (long i = 0; i < count; i++) {
        String key = header.text();
        metadata.put(key, header.value(header.bytes.getInt()));
      }
      return metadata;
    }

    private String text() {
      byte[] text = new byte[(int) bytes.getLong()];
      bytes.get(text);
      return new String(text, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
      return switch (type) {
        case 4, 5 -> bytes.getInt();
        case 6 -> bytes.getFloat();
        case 7 -> bytes.get() != 0;
        case 8 -> text();
        case 9 -> {
          int inner = bytes.getInt();
          long count = bytes.getLong();
          List<Object> list = new ArrayList<>();
          for (long i = 0; i < count; i++) {
            list.add(value(inner));
          }
          yield list;
        }
        case 10, 11 -> bytes.getLong();
        default -> throw new IllegalArgumentException("metadata type " + type);
      };
    }
  }
}
