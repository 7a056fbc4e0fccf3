package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {
  private static final int FIXED = 3 + 256 + DeepSeekTokens.ALL.size();

  @Property(tries = 200)
  void learnsTheMergesOfTheNaiveAlgorithm(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int tokens) {
    List<String> texts = texts(new Random(seed), 6);
    Tokenizer trained = new BpeTrainer(FIXED + tokens, 2).train(texts.stream());
    assertThat(trained.toGguf(FIXED + tokens).get("tokenizer.ggml.merges"))
        .isEqualTo(NaiveBpeTraining.merges(texts, PreTokenizer.deepSeekV3(), tokens));
  }

  @Test
  void learnsTheMergesOfTheNaiveAlgorithmOnProse() throws IOException {
    String text = Files.readString(Fixtures.own("README.md"));
    Tokenizer trained = new BpeTrainer(FIXED + 150, 1).train(Stream.of(text));
    assertThat(trained.toGguf(FIXED + 150).get("tokenizer.ggml.merges"))
        .isEqualTo(NaiveBpeTraining.merges(List.of(text), PreTokenizer.deepSeekV3(), 150));
  }

  @Test
  void givesTheSameVocabularyWhateverTheNumberOfThreads() {
    List<String> texts = texts(new Random(7), 40);
    Map<String, Object> one = new BpeTrainer(400, 1).train(texts.stream()).toGguf(400);
    Map<String, Object> four = new BpeTrainer(400, 4).train(texts.stream()).toGguf(400);
    assertThat(four).isEqualTo(one);
  }

  @Test
  void fillsTheVocabularyExactly() {
    Tokenizer trained = new BpeTrainer(340, 1).train(texts(new Random(1), 50).stream());
    assertThat(trained.vocabularySize()).isEqualTo(340);
    assertThat(trained.id("<\uFF5Ctool\u2581sep\uFF5C>")).hasValue(339);
  }

  @Test
  void makesASmallerVocabularyOfTooLittleText() {
    Tokenizer trained = new BpeTrainer(5000, 1).train(Stream.of("aab"));
    assertThat(trained.vocabularySize()).isEqualTo(FIXED + 2);
    assertThat(trained.decode(trained.encode("aabaab"))).isEqualTo("aabaab");
  }

  @Test
  void addsTheTokensItIsAskedFor() {
    Tokenizer trained =
        new BpeTrainer(FIXED + 2, 1)
            .withAddedTokens(List.of("<think>", "<x>"))
            .train(Stream.of(""));
    assertThat(trained.encode("a<x>")).hasSize(2).endsWith(trained.id("<x>").orElseThrow());
  }

  @Test
  void writesFilesThatReadBackAsTheSameTokenizer(@TempDir Path directory) {
    Tokenizer trained = new BpeTrainer(400, 2).train(texts(new Random(3), 30).stream());
    trained.save(directory);
    Tokenizer read = Tokenizer.open(directory);
    assertThat(read.toGguf(400)).isEqualTo(trained.toGguf(400));
    assertThat(read.encode("ab\n 12345 cab<think>"))
        .isEqualTo(trained.encode("ab\n 12345 cab<think>"));
    assertThat(read.specialTokens().stops()).containsExactly(1);
    assertThat(read.specialTokens().addBos()).isTrue();
  }

  @Test
  void refusesAVocabularyWithoutRoomForTheBytes() {
    assertThatThrownBy(() -> new BpeTrainer(100, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vocabulary size: expected 276");
  }

  /// Words of few letters, so that pairs tie and overlap often.
  private static List<String> texts(Random random, int count) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = 0; j < 60; j++) {
        text.append("aaabbc é\n1".charAt(random.nextInt(10)));
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
