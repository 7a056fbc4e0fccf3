package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Broken files are one exception of one type, whatever is broken.
class BrokenTokenizerTest {
  private static final String PIECES =
      "{}[]\",:\\0123456789truefalsenull-eE.+ \n\t\u0120\uFF5Cabc\u0000\uFFFF";

  /// A small but complete file, so that mutations hit every part of it.
  private static final String SMALL =
      """
      {"version":"1.0","truncation":null,"padding":null,
       "added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,
         "normalized":false,"special":true},{"id":7,"content":"<t>","special":false,"normalized":true}],
       "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"}]},
       "pre_tokenizer":{"type":"Sequence","pretokenizers":[
         {"type":"Split","pattern":{"Regex":"\\\\p{N}{1,3}"},"behavior":"Isolated","invert":false},
         {"type":"Split","pattern":{"Regex":"(a|b)*?|[^\\\\s]+(?!x)"},"behavior":"Removed","invert":true},
         {"type":"Digits","individual_digits":true},
         {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},
       "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}]},
       "decoder":{"type":"ByteLevel"},
       "model":{"type":"BPE","dropout":null,"unk_token":null,"ignore_merges":true,
         "vocab":{"<s>":0,"a":1,"b":2,"\u0120":3,"ab":4,"\u0120a":5,"aba":6},
         "merges":["a b",["\u0120","a"],"ab a"]}}
      """;

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  @Timeout(60)
  void mutationsGiveATokenizerOrTheOneException(long seed) throws IOException {
    Random random = new Random(seed);
    byte[] small = SMALL.getBytes(StandardCharsets.UTF_8);
    byte[] tiny = Files.readAllBytes(Fixtures.tokenizer("tiny").resolve("tokenizer.json"));
    int refused = 0;
    for (int i = 0; i < 6_000; i++) {
      byte[] broken = mutated(i % 12 == 0 ? tiny : small, random);
      try {
        Tokenizer tokenizer = tokenizer(broken);
        tokenizer.decode(tokenizer.encode("ab 12 <s><t> aba"));
      } catch (MalformedTokenizerException e) {
        assertThat(e).hasMessageContaining("expected").hasMessageContaining("found");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(3_000);
  }

  @Test
  @Timeout(30)
  void everyTruncationIsRefused() {
    byte[] whole = SMALL.strip().getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> tokenizer(part))
          .as("first %d bytes", length)
          .isInstanceOf(MalformedTokenizerException.class);
    }
    assertThat(tokenizer(whole).vocabularySize()).isEqualTo(8);
  }

  @Test
  @Timeout(30)
  void depthAndSizeDoNotExhaustTheMachine() {
    for (String key : new String[] {"pre_tokenizer", "normalizer", "other", "post_processor"}) {
      assertRefused("{\"" + key + "\":" + "[".repeat(1_000_000), "well-formed JSON");
      assertRefused("{\"" + key + "\":" + "{\"a\":".repeat(1_000_000), "well-formed JSON");
    }
    assertRefused("[".repeat(1_000_000), "expected an object, found START_ARRAY");
    assertRefused("{\"version\":" + "9".repeat(1_000_000) + "}", "well-formed JSON");
    assertRefused("{\"model\":{\"vocab\":{\"a\":2147483647}}}", "integer from 0 to 2097151");
    assertRefused("{\"added_tokens\":[{\"id\":99999999999,\"content\":\"a\"}]}", "integer from 0");
    assertRefused("{\"model\":{\"vocab\":{\"a\":-1}}}", "found -1");
    assertRefused(
        "{\"model\":{\"vocab\":{\"" + "a".repeat(2_000_000) + "\":1}}}", "well-formed JSON");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"type\":\"BPE\"|\"type\":\"Unigram\"|model.type: expected 'BPE', found 'Unigram'",
        "\"ab\":4|\"ab\":5|model.vocab.Ġa: expected an id of its own, found id 5 again",
        "\"ab\":4|\"a\":4|model.vocab.a: expected a token once, found the token again",
        "\"a b\"|\"a c\"|merges[0]: expected two tokens that make a token of the vocabulary, found a c",
        "\"a b\"|\"a  b\"|merges[0]: expected two tokens separated by a space",
        "\"a b\"|[\"a\"]|model.merges: expected a string, found END_ARRAY",
        "\"a b\"|\" a\"|merges[0]: expected two tokens, found an empty one",
        "\"a b\"|\"a 中\"|merges[0]: expected characters of the byte alphabet",
        "\"content\":\"<s>\"|\"content\":\"a\"|added_tokens.a: expected id 1 as in model.vocab, found id 0",
        "\"id\":7|\"id\":0|added_tokens: expected ids that differ, found id 0 twice",
        "\"id\":7|\"id\":4|added_tokens.<t>: expected an id that is free in model.vocab, found id 4",
        "\"content\":\"<t>\"|\"content\":\"\"|added_tokens: expected id and content",
        "\"type\":\"NFC\"|\"type\":\"Lowercase\"|normalizer: expected null or NFC",
        "\"decoder\":{\"type\":\"ByteLevel\"|\"decoder\":{\"type\":\"WordPiece\"|decoder: expected ByteLevel",
        "\"dropout\":null|\"dropout\":0.1|model.dropout: expected null, found 0.1",
        "\"merges\":|\"mergers\":|model: expected vocab and merges, found no merges",
      })
  void saysWhatIsWrong(String part, String replacement, String message) {
    assertThat(SMALL).contains(part);
    assertRefused(SMALL.replace(part, replacement), message);
  }

  @Test
  void refusesADirectoryWithoutATokenizer(@TempDir Path directory) throws IOException {
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining("tokenizer.json: file: expected a readable file");
    Files.createDirectory(directory.resolve("tokenizer.json"));
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(MalformedTokenizerException.class);
  }

  @Test
  void refusesConfigurationsThatContradictTheVocabulary(@TempDir Path directory)
      throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), SMALL);
    Path config = directory.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"bos_token\":\"<nowhere>\"}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining("bos_token: expected a token of tokenizer.json, found <nowhere>");
    Files.writeString(config, "{}");
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\":[1,-5]}");
    assertThatThrownBy(() -> Tokenizer.open(directory))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining("expected an id from 0 to 2097151, found -5");
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> tokenizer(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedTokenizerException.class)
        .hasMessageContaining(message);
  }

  private static Tokenizer tokenizer(byte[] json) {
    TokenizerModel model = TokenizerJsonReader.read("tokenizer.json", json).model();
    return new Tokenizer(model, new SpecialTokens.Builder().build(), null);
  }

  private static byte[] mutated(byte[] whole, Random random) {
    String text = new String(whole, StandardCharsets.UTF_8);
    StringBuilder broken = new StringBuilder(text);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes && broken.length() > 2; i++) {
      int at = random.nextInt(broken.length());
      int to = Math.min(broken.length(), at + 1 + random.nextInt(random.nextInt(4) == 0 ? 200 : 4));
      char c = PIECES.charAt(random.nextInt(PIECES.length()));
      switch (random.nextInt(6)) {
        case 0 -> broken.delete(at, to);
        case 1 -> broken.insert(at, c);
        case 2 -> broken.setCharAt(at, c);
        case 3 -> broken.insert(random.nextInt(broken.length()), broken.substring(at, to));
        case 4 -> broken.setLength(at);
        default -> {
          // A number becomes another, often a large or negative one.
          int digit = firstDigit(broken, at);
          if (digit >= 0) {
            broken.replace(
                digit, digit + 1, Long.toString(random.nextLong() >> random.nextInt(64)));
          }
        }
      }
    }
    byte[] bytes = broken.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0 && random.nextInt(8) == 0) {
      // Not UTF-8 any more, or of another encoding altogether.
      int at = random.nextBoolean() ? 0 : random.nextInt(bytes.length);
      bytes[at] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static int firstDigit(StringBuilder text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (Character.isDigit(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }
}
