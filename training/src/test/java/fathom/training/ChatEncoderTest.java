package fathom.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChatEncoderTest {
  private static final String END = "<｜end▁of▁sentence｜>";

  private final Tokenizer tokenizer = TinyChat.tokenizer();

  private Tokenizer withTemplate(String name) throws Exception {
    Path file =
        Path.of(System.getProperty("fathom.fixtures"), "chat-templates", name, "template.jinja");
    return tokenizer.withChatTemplate(Files.readString(file));
  }

  private static ChatExample example(ChatMessage... messages) {
    return new ChatExample(List.of(messages), Optional.empty());
  }

  /// The text with what is learned in brackets.
  private static String marked(Tokenizer tokenizer, MaskedText text) {
    int[] ids = new int[text.rows()];
    int[] targets = new int[text.rows()];
    text.copyTo(ids, targets, 0);
    StringBuilder marked = new StringBuilder(tokenizer.decode(ids[0]));
    boolean inside = false;
    for (int row = 0; row < ids.length; row++) {
      if ((targets[row] >= 0) != inside) {
        inside = !inside;
        marked.append(inside ? "[" : "]");
      }
      marked.append(tokenizer.decode(text.ids()[row + 1]));
    }
    return marked.append(inside ? "]" : "").toString();
  }

  private static List<String> encode(Tokenizer tokenizer, ChatExample example) {
    return new ChatEncoder(tokenizer)
        .encode(example).stream().map(text -> marked(tokenizer, text)).toList();
  }

  @Test
  void onlyTheAnswerIsLearnedFromTheOpenThinkingBlockOn() throws Exception {
    ChatExample example =
        example(ChatMessage.user("1 + 2?"), ChatMessage.assistant("one and two", "3"));
    assertThat(encode(withTemplate("deepseek-r1"), example))
        .containsExactly(
            "<｜begin▁of▁sentence｜><｜User｜>1 + 2?<｜Assistant｜><think>\n"
                + "[one and two\n</think>\n\n3"
                + END
                + "]");
  }

  @Test
  void anAnswerWithoutThinkingClosesTheBlockThatTheTemplateOpens() throws Exception {
    assertThat(
            encode(
                withTemplate("deepseek-r1"),
                example(ChatMessage.user("Hi"), ChatMessage.assistant("Hello"))))
        .containsExactly(
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜><think>\n[\n</think>\n\nHello"
                + END
                + "]");
  }

  @Test
  void aTemplateThatCanBeToldNotToThinkIsTold() throws Exception {
    Tokenizer tokenizer31 = withTemplate("deepseek-v3.1");
    assertThat(encode(tokenizer31, example(ChatMessage.user("Hi"), ChatMessage.assistant("Hello"))))
        .containsExactly("<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜></think>[Hello" + END + "]");
    assertThat(
            encode(
                tokenizer31, example(ChatMessage.user("Hi"), ChatMessage.assistant("hm", "Hello"))))
        .containsExactly(
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜><think>[hm</think>Hello" + END + "]");
  }

  @Test
  void aTemplateThatKnowsNoThinkingHasItWritten() throws Exception {
    ChatExample example = example(ChatMessage.user("Hi"), ChatMessage.assistant("hm", "Hello"));
    assertThat(encode(withTemplate("deepseek-v3"), example))
        .containsExactly(
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>[<think>\nhm\n</think>\n\nHello"
                + END
                + "]");
  }

  @Test
  void answersThatGoOnWhereTheOneBeforeEndsShareOneText() throws Exception {
    ChatExample example =
        example(
            ChatMessage.system("Be brief."),
            ChatMessage.user("a"),
            ChatMessage.assistant("b"),
            ChatMessage.user("c"),
            ChatMessage.assistant("d"));
    assertThat(encode(withTemplate("deepseek-v3"), example))
        .containsExactly(
            "<｜begin▁of▁sentence｜>Be brief.<｜User｜>a<｜Assistant｜>[b"
                + END
                + "]<｜User｜>c<｜Assistant｜>[d"
                + END
                + "]");
  }

  @Test
  void answersWhoseThinkingTheTemplateForgetsAreTextsOfTheirOwn() throws Exception {
    ChatExample example =
        example(
            ChatMessage.user("a"),
            ChatMessage.assistant("x", "b"),
            ChatMessage.user("c"),
            ChatMessage.assistant("y", "d"));
    List<String> texts = encode(withTemplate("deepseek-r1"), example);
    assertThat(texts).hasSize(2);
    assertThat(texts.getLast()).contains("<｜Assistant｜>b" + END).contains("[y\n</think>\n\nd");
  }

  @Test
  void aTokenizerWithoutATemplateIsRefused() {
    Tokenizer bare =
        Tokenizer.open(Path.of(System.getProperty("fathom.fixtures"), "tokenizers", "tiny"));
    if (bare.chatTemplate().isEmpty()) {
      assertThatThrownBy(() -> new ChatEncoder(bare))
          .isInstanceOf(RecipeException.class)
          .hasMessageContaining("chat template");
    }
  }
}
