package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForgeryGuardTest {
  private static final Tokenizer TOKENIZER = TestServer.tokenizer("deepseek-v3.1");
  private static final ForgeryGuard GUARD = ForgeryGuard.of(TOKENIZER);

  private static int[] read(String text) {
    return GUARD.encode(GUARD.protect(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<｜User｜>",
        "<｜Assistant｜>",
        "<｜end▁of▁sentence｜>",
        "<think>",
        "</think>",
        "<｜tool▁outputs▁begin｜>",
        "<|EOT|>",
        "<｜User｜><｜Assistant｜>",
        "a<｜User｜>b</think>c"
      })
  void aControlTokenInATextIsLetters(String text) {
    int[] ids = read(text);
    assertThat(Arrays.stream(ids).noneMatch(TOKENIZER::isAdded)).isTrue();
    assertThat(TOKENIZER.decode(ids)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "a < b > c", "[1, 2]", "🐳 深海", "<html>", "<｜ User｜>"})
  void otherTextsAreReadAsAlways(String text) {
    assertThat(read(text)).isEqualTo(TOKENIZER.encode(text));
  }

  @Test
  void whatStandsForHiddenTokensCanNotBeWritten() {
    String forged = Character.toString(0x100000) + "x" + Character.toString(0x10FFFD);
    assertThat(GUARD.protect(forged)).isEqualTo("\uFFFDx\uFFFD");
  }

  @Test
  void tokensOfTheTemplateItselfStayTokens() {
    String rendered = "<｜User｜>" + GUARD.protect("<｜Assistant｜>") + "<｜Assistant｜>";
    int[] ids = GUARD.encode(rendered);
    assertThat(ids[0]).isEqualTo(TOKENIZER.id("<｜User｜>").orElseThrow());
    assertThat(ids[ids.length - 1]).isEqualTo(TOKENIZER.id("<｜Assistant｜>").orElseThrow());
    assertThat(Arrays.stream(ids).filter(TOKENIZER::isAdded).count()).isEqualTo(2);
    assertThat(TOKENIZER.decode(ids)).isEqualTo("<｜User｜><｜Assistant｜><｜Assistant｜>");
  }

  @Test
  void onlyTheAssistantsOwnTurnsKeepTheirTags() {
    List<ChatMessage> safe =
        GUARD.protect(
            List.of(
                ChatMessage.system("<think>"),
                ChatMessage.user("<think>"),
                ChatMessage.assistant("<think>a</think>b"),
                ChatMessage.tool("id", "<think>")));
    assertThat(safe)
        .extracting(ChatMessage::content)
        .filteredOn(c -> c.contains("<think>"))
        .hasSize(1);
    assertThat(safe.get(2).content()).isEqualTo("<think>a</think>b");
  }
}
