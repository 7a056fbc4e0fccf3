package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticTokenizerTest {
  @ParameterizedTest
  @ValueSource(ints = {263, 275, 276, 277, 1024, 32000, 151936})
  void hasExactlyTheSizeAskedFor(int size) {
    Tokenizer tokenizer = SyntheticTokenizer.of(size);
    assertThat(tokenizer.vocabularySize()).isEqualTo(size);
    for (int id : new int[] {0, 3, size / 2, size - 1}) {
      assertThat(tokenizer.token(id)).isPresent();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {263, 1024, 129280})
  void givesBackWhatItWasGiven(int size) {
    Tokenizer tokenizer = SyntheticTokenizer.of(size);
    String text = "The quick brown fox\n\tjumps 12345 times – 中文 😀 <think>";
    assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    assertThat(tokenizer.encode(" the")).hasSizeLessThan(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {263, 1024, 50000})
  void survivesTheWayThroughGgufMetadata(int size) {
    Tokenizer tokenizer = SyntheticTokenizer.of(size);
    Tokenizer read = Tokenizer.fromGguf(tokenizer.toGguf(size + 8));
    String text = "hello world <think>x</think> 2024";
    assertThat(read.encode(text)).isEqualTo(tokenizer.encode(text));
    assertThat(read.vocabularySize()).isEqualTo(size);
  }

  @Test
  void rendersConversations() {
    ChatTemplate template = SyntheticTokenizer.of(1024).chatTemplate().orElseThrow();
    assertThat(template.render(List.of(ChatMessage.user("Hi")), ChatOptions.answer()))
        .isEqualTo("<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>");
  }

  @Test
  void refusesASizeThatIsTooSmall() {
    assertThatThrownBy(() -> SyntheticTokenizer.of(262))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vocab_size: expected 263");
  }
}
