package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every string and every token stream of the golden files, as Hugging Face's `tokenizers` encodes
/// and decodes them.
class TokenizerGoldenTest {
  @ParameterizedTest
  @ValueSource(strings = {"tiny", "tiny-qwen", "deepseek-v3", "qwen", "llama3"})
  void encodesAndDecodesAsHuggingFaceDoes(String name) throws IOException {
    Path directory = Fixtures.tokenizer(name);
    Tokenizer tokenizer = Tokenizer.open(directory);
    List<Map<String, Object>> cases = Fixtures.lines(directory.resolve("cases.jsonl"));
    SoftAssertions softly = new SoftAssertions();
    for (Map<String, Object> golden : cases) {
      String text = (String) golden.get("text");
      int[] ids = Fixtures.ids(golden.get("ids"));
      String decoded = (String) golden.getOrDefault("decoded", text);
      softly
          .assertThat(tokenizer.encode(text))
          .as("%s: %s", golden.get("group"), text)
          .isEqualTo(ids);
      softly.assertThat(tokenizer.decode(ids)).isEqualTo(decoded);
      softly
          .assertThat(tokenizer.decodeSkippingSpecial(ids))
          .isEqualTo(golden.getOrDefault("decoded_skip_special", decoded));
    }
    softly.assertAll();
    assertThat(cases).hasSizeGreaterThan(700);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "tiny-qwen", "deepseek-v3", "qwen", "llama3"})
  void streamsTextAsSoonAsItIsCertain(String name) throws IOException {
    Path directory = Fixtures.tokenizer(name);
    Tokenizer tokenizer = Tokenizer.open(directory);
    for (Map<String, Object> golden : Fixtures.lines(directory.resolve("streaming.jsonl"))) {
      int[] ids = Fixtures.ids(golden.get("ids"));
      List<?> chunks = (List<?>) golden.get("chunks");
      StreamingDecoder decoder = tokenizer.newStreamingDecoder();
      for (int i = 0; i < ids.length; i++) {
        assertThat(decoder.accept(ids[i])).isEqualTo(chunks.get(i));
      }
      assertThat(decoder.finish()).isEqualTo(golden.get("flush"));
      assertThat(tokenizer.decode(ids)).isEqualTo(golden.get("final"));
    }
  }
}
