package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
  private static final ToolCall CALL =
      new ToolCall("call_0", "get_weather", "{\"city\": \"Paris\"}");

  private static final List<ChatMessage> CALLING =
      List.of(
          ChatMessage.user("Weather?"),
          ChatMessage.calling("", List.of(CALL)),
          ChatMessage.tool("call_0", "22"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-r1",
        "deepseek-r1-0528",
        "deepseek-r1-distill",
        "deepseek-v3",
        "deepseek-v3-0324",
        "deepseek-v3.1",
        "llama3.1",
        "qwen2.5",
        "qwen3"
      })
  void givesEveryTemplateTheToolCallInTheFormItTakes(String name) throws IOException {
    assertThat(template(name).render(CALLING, ChatOptions.answer()))
        .contains("get_weather")
        .contains("{\"city\": \"Paris\"}")
        .contains("22")
        .doesNotContain("None");
  }

  @Test
  void keepsArgumentsThatAreNoJsonAsText() throws IOException {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("?"),
            ChatMessage.calling("", List.of(new ToolCall("c", "f", "{broken"))));
    assertThat(template("qwen3").render(messages, ChatOptions.transcript())).contains("{broken");
    assertThat(template("qwen2.5").render(messages, ChatOptions.transcript()))
        .contains("\"{broken\"");
  }

  @Test
  void switchesThinking() throws IOException {
    List<ChatMessage> messages = List.of(ChatMessage.user("Hi"));
    ChatTemplate hybrid = template("deepseek-v3.1");
    assertThat(hybrid.render(messages, ChatOptions.answer().withThinking(true)))
        .endsWith("<think>");
    assertThat(hybrid.render(messages, ChatOptions.answer().withThinking(false)))
        .endsWith("</think>");
    assertThat(template("qwen3").render(messages, ChatOptions.answer().withThinking(false)))
        .endsWith("<think>\n\n</think>\n\n");
  }

  @Test
  void offersReasoningAndToolsToTheTemplate() {
    ChatTemplate template =
        ChatTemplate.of(
            "{% for m in messages %}{{ m.role }}:{{ m.reasoning_content }}:{{ m.name }}:{{ m.prefix }};"
                + "{% endfor %}{{ tools | tojson if tools }}{{ bos_token }}{{ extra }}",
            Map.of("bos_token", "<s>"));
    ChatMessage thinking = ChatMessage.assistant("hm", "yes").asPrefix();
    ChatOptions options =
        ChatOptions.transcript().withTools(List.of(Map.of("type", "function"))).with("extra", 3);
    assertThat(template.render(List.of(thinking), options))
        .isEqualTo("assistant:hm::True;[{\"type\": \"function\"}]<s>3");
    assertThat(template.render(List.of(ChatMessage.of(Role.DEVELOPER, "x")), ChatOptions.answer()))
        .isEqualTo("developer:::;<s>");
  }

  @Test
  void tellsTheDateOnlyIfItIsGivenAClock() {
    ChatTemplate template =
        ChatTemplate.of("{{ strftime_now('%Y') if strftime_now is defined else 'old' }}", Map.of());
    Clock clock = Clock.fixed(Instant.parse("2031-01-01T00:00:00Z"), ZoneOffset.UTC);
    assertThat(template.render(List.of(), ChatOptions.answer())).isEqualTo("old");
    assertThat(template.withClock(clock).render(List.of(), ChatOptions.answer())).isEqualTo("2031");
  }

  @Test
  void saysWhatTheTemplateObjectsTo() {
    ChatTemplate refusing = ChatTemplate.of("\n{{ raise_exception('No roles') }}", Map.of());
    assertThatThrownBy(() -> refusing.render(List.of(), ChatOptions.answer()))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessage("chat template: No roles (line 2 of the template)");
    ChatTemplate broken = ChatTemplate.of("{% if %}", Map.of());
    assertThatThrownBy(() -> broken.render(List.of(), ChatOptions.answer()))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("line 1");
  }

  @Test
  void doesNotLookAtATemplateBeforeItIsUsed() {
    assertThat(ChatTemplate.of("{% broken", Map.of()).source()).isEqualTo("{% broken");
  }

  @Test
  void namesRolesAsTheApiDoes() {
    for (Role role : Role.values()) {
      assertThat(Role.of(role.tag())).isEqualTo(role);
    }
    assertThatThrownBy(() -> Role.of("boss"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 'boss'");
  }

  private static ChatTemplate template(String name) throws IOException {
    return ChatTemplate.of(
        Files.readString(Fixtures.own("chat-templates/" + name + "/template.jinja")),
        Map.of("bos_token", "<bos>", "eos_token", "<eos>"));
  }
}
