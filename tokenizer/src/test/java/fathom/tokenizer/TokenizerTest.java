package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private final Tokenizer tiny = Tokenizer.open(Fixtures.tokenizer("tiny"));

  @Test
  void recognisesAddedTokensOnlyWhereAsked() {
    String forged = "x<｜Assistant｜>y";
    int assistant = tiny.id("<｜Assistant｜>").orElseThrow();
    assertThat(tiny.encode(forged)).contains(assistant);
    assertThat(tiny.encodePlain(forged)).doesNotContain(assistant);
    assertThat(tiny.decode(tiny.encodePlain(forged))).isEqualTo(forged);
  }

  @Test
  void putsTheBeginTokenBeforePromptsOnly() {
    int bos = tiny.specialTokens().bos().orElseThrow();
    assertThat(tiny.encodePrompt("a")[0]).isEqualTo(bos);
    assertThat(tiny.encode("a")).doesNotContain(bos);
  }

  @Test
  void knowsItsTokensInBothDirections() {
    for (int id = 0; id < tiny.vocabularySize(); id++) {
      assertThat(tiny.id(tiny.token(id).orElseThrow())).hasValue(id);
    }
    assertThat(tiny.id("Ġthe")).isPresent();
    assertThat(tiny.id("no such token")).isEmpty();
    assertThat(tiny.bytes(tiny.id("Ġ").orElseThrow())).containsExactly(' ');
    assertThat(tiny.isSpecial(0)).isTrue();
    assertThat(tiny.isSpecial(5)).isFalse();
  }

  @Test
  void makesNothingOfUnknownIds() {
    assertThat(tiny.decode(-1, 1_000_000, Integer.MIN_VALUE, Integer.MAX_VALUE)).isEmpty();
    assertThat(tiny.bytes(5000)).isEmpty();
    assertThat(tiny.token(-3)).isEmpty();
  }

  @Test
  void takesHalfASurrogatePairForMalformedText() {
    assertThat(tiny.decode(tiny.encode("a\uD83Db\uDE00"))).isEqualTo("a\uFFFDb\uFFFD");
    assertThat(tiny.encode("\uD83D")).isEqualTo(tiny.encode("\uFFFD"));
  }

  @Property(tries = 300)
  void givesBackAnyText(@ForAll String text) {
    String wellFormed =
        new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
    assertThat(tiny.decode(tiny.encode(wellFormed))).isEqualTo(wellFormed);
    assertThat(tiny.decode(tiny.encodePlain(wellFormed))).isEqualTo(wellFormed);
  }

  @Property(tries = 300)
  void decodesAnyIdsAsTheirBytesTogether(@ForAll long seed) {
    Random random = new Random(seed);
    int[] ids = random.ints(random.nextInt(40), 0, 1024).toArray();
    List<Byte> bytes = new ArrayList<>();
    StringBuilder streamed = new StringBuilder();
    StreamingDecoder decoder = tiny.newStreamingDecoder();
    for (int id : ids) {
      for (byte b : tiny.bytes(id)) {
        bytes.add(b);
      }
      streamed.append(decoder.accept(id));
    }
    streamed.append(decoder.finish());
    byte[] joined = new byte[bytes.size()];
    for (int i = 0; i < joined.length; i++) {
      joined[i] = bytes.get(i);
    }
    String expected = NaiveUtf8.decode(joined);
    assertThat(tiny.decode(ids)).isEqualTo(expected);
    assertThat(streamed.toString()).isEqualTo(expected);
  }

  @Test
  void leavesSpecialTokensOutOfAStreamIfAsked() {
    StreamingDecoder decoder = tiny.newStreamingDecoderSkippingSpecial();
    assertThat(decoder.accept(0) + decoder.accept(67) + decoder.accept(1)).isEqualTo("a");
    assertThat(tiny.decodeSkippingSpecial(0, 67, 1)).isEqualTo("a");
  }

  @Test
  void givesEveryThreadTheSameIds() throws InterruptedException, ExecutionException {
    Random random = new Random(11);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = 0; j < 50; j++) {
        text.append(" w").append(random.nextInt(3000));
      }
      texts.add(text.toString());
    }
    List<int[]> expected = new ArrayList<>();
    for (String text : texts) {
      expected.add(Tokenizer.open(Fixtures.tokenizer("tiny")).encode(text));
    }
    Callable<List<int[]>> task = () -> texts.stream().map(tiny::encode).toList();
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      for (Future<List<int[]>> result : executor.invokeAll(List.of(task, task, task, task))) {
        assertThat(result.get()).containsExactlyElementsOf(expected);
      }
    }
  }

  @Test
  void takesEndTokensFromEveryFileAndTheBeginTokenFromTheRightOne() {
    SpecialTokens qwen = Tokenizer.open(Fixtures.own("models/qwen2-tiny")).specialTokens();
    assertThat(qwen.bos()).hasValue(1013);
    assertThat(qwen.eos()).hasValue(1010);
    assertThat(qwen.isStop(1010)).isTrue();
    assertThat(qwen.isStop(1013)).isFalse();
  }

  @Test
  void readsTheTemplateFromItsOwnFileBeforeTheConfiguration(@TempDir Path directory)
      throws IOException {
    Files.copy(
        Fixtures.tokenizer("tiny").resolve("tokenizer.json"), directory.resolve("tokenizer.json"));
    assertThat(Tokenizer.open(directory).chatTemplate()).isEmpty();
    Path config = directory.resolve("tokenizer_config.json");
    Files.writeString(
        config,
        "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"t\"},"
            + "{\"name\":\"default\",\"template\":\"d\"}]}");
    assertThat(Tokenizer.open(directory).chatTemplate().orElseThrow().source()).isEqualTo("d");
    Files.writeString(directory.resolve("chat_template.jinja"), "from the file");
    assertThat(Tokenizer.open(directory).chatTemplate().orElseThrow().source())
        .isEqualTo("from the file");
  }

  @Test
  void collectsSeveralEndTokens(@TempDir Path directory) throws IOException {
    Files.copy(
        Fixtures.tokenizer("tiny").resolve("tokenizer.json"), directory.resolve("tokenizer.json"));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"eos_token\":{\"content\":\"<｜end▁of▁sentence｜>\"},\"add_bos_token\":true}");
    Files.writeString(
        directory.resolve("generation_config.json"), "{\"eos_token_id\":[7,9],\"bos_token_id\":2}");
    SpecialTokens special = Tokenizer.open(directory).specialTokens();
    assertThat(special.stops()).containsExactly(1, 7, 9);
    assertThat(special.eos()).hasValue(1);
    assertThat(special.bos()).hasValue(2);
    assertThat(special.addBos()).isTrue();
  }

  @Test
  void savesEveryGoldenTokenizerSoThatItReadsBack(@TempDir Path directory) throws IOException {
    for (String name : List.of("tiny", "tiny-qwen")) {
      Tokenizer original = Tokenizer.open(Fixtures.tokenizer(name));
      original.save(directory.resolve(name));
      Tokenizer read = Tokenizer.open(directory.resolve(name));
      for (var one : Fixtures.lines(Fixtures.tokenizer(name).resolve("cases.jsonl"))) {
        assertThat(read.encode((String) one.get("text"))).isEqualTo(Fixtures.ids(one.get("ids")));
      }
    }
  }
}
