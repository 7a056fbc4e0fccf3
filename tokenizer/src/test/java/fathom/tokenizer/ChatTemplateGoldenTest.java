package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every conversation of the golden files, as transformers renders it with the released templates.
class ChatTemplateGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-r1",
        "deepseek-r1-0528",
        "deepseek-r1-distill",
        "deepseek-r1-distill-2025-01",
        "deepseek-v2",
        "deepseek-v3",
        "deepseek-v3-0324",
        "deepseek-v3.1",
        "llama3",
        "llama3.1",
        "qwen2.5",
        "qwen3"
      })
  void rendersAsTransformersDoes(String name) throws IOException {
    Path directory = Fixtures.own("chat-templates").resolve(name);
    String source = Files.readString(directory.resolve("template.jinja"));
    Map<String, Object> golden =
        Fixtures.parse(Files.readString(directory.resolve("cases.json"), StandardCharsets.UTF_8));
    Map<String, String> tokens = new LinkedHashMap<>();
    ((Map<?, ?>) golden.get("tokens"))
        .forEach((key, token) -> tokens.put(key.toString(), token.toString()));
    ChatTemplate template = ChatTemplate.of(source, tokens);
    SoftAssertions softly = new SoftAssertions();
    for (Object one : (List<?>) golden.get("cases")) {
      check(template, Fixtures.object(one), softly);
    }
    softly.assertAll();
  }

  private static void check(ChatTemplate template, Map<String, Object> one, SoftAssertions softly) {
    List<Map<String, Object>> messages = Fixtures.objects(one.get("messages"));
    ChatOptions options =
        new ChatOptions(
            (Boolean) one.get("add_generation_prompt"),
            one.containsKey("tools") ? Fixtures.objects(one.get("tools")) : List.of(),
            one.containsKey("kwargs") ? Fixtures.object(one.get("kwargs")) : Map.of());
    String name = one.get("name") + (options.addGenerationPrompt() ? " +prompt" : "");
    if (one.containsKey("error")) {
      assertThatThrownBy(() -> template.renderMaps(messages, options))
          .as(name)
          .isInstanceOf(ChatTemplateException.class);
      return;
    }
    try {
      softly.assertThat(template.renderMaps(messages, options)).as(name).isEqualTo(one.get("text"));
    } catch (ChatTemplateException e) {
      softly.fail(name, e);
    }
  }
}
