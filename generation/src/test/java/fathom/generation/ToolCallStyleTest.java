package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ToolCallStyleTest {
  private static final Map<String, String> ADD =
      Map.of("add", "{\"properties\":{\"a\":{\"type\":\"integer\"}}}");
  private static final String V3 =
      "<｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n```json\n{\"a\": 1}\n```<｜tool▁call▁end｜>";
  private static final String V31 = "<｜tool▁call▁begin｜>add<｜tool▁sep｜>{\"a\": 1}<｜tool▁call▁end｜>";
  private static final String QWEN =
      "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>";

  private static String call(ToolCallStyle style) {
    return switch (style) {
      case DEEPSEEK_V3 -> V3;
      case DEEPSEEK_V31 -> V31;
      case QWEN -> QWEN;
    };
  }

  private static String whole(ToolCallStyle style, String calls) {
    return style == ToolCallStyle.QWEN
        ? calls
        : "<｜tool▁calls▁begin｜>" + calls + "<｜tool▁calls▁end｜>";
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-v3, DEEPSEEK_V3",
    "deepseek-r1, DEEPSEEK_V3",
    "deepseek-v3.1, DEEPSEEK_V31",
    "qwen2.5, QWEN",
    "qwen3, QWEN",
    "deepseek-v2,",
    "llama3,"
  })
  void templatesTellTheirStyle(String template, ToolCallStyle style) throws Exception {
    Path file =
        Path.of(
            System.getProperty("fathom.fixtures"), "chat-templates", template, "template.jinja");
    assertThat(ToolCallStyle.of(Files.readString(file))).isEqualTo(Optional.ofNullable(style));
  }

  @ParameterizedTest
  @EnumSource(ToolCallStyle.class)
  void callsFollowEachOtherWithAndWithoutALineEnd(ToolCallStyle style) {
    Grammar calls = Grammar.toolCalls(style, ADD, 2);
    String call = call(style);
    assertThat(Grammars.accepts(calls, whole(style, call))).isTrue();
    assertThat(Grammars.accepts(calls, whole(style, call + call))).isTrue();
    assertThat(Grammars.accepts(calls, whole(style, call + "\n" + call))).isTrue();
    assertThat(Grammars.accepts(calls, whole(style, call + call + call))).isFalse();
    assertThat(Grammars.accepts(calls, whole(style, call.replace("add", "sub")))).isFalse();
    assertThat(Grammars.accepts(calls, whole(style, call.replace("1", "\"1\"")))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(ToolCallStyle.class)
  void everyBeginningGoesOnAsTheCallsDo(ToolCallStyle style) {
    String call = call(style);
    for (CallBeginning beginning : style.beginnings(ADD, 3)) {
      boolean outer = beginning.marker().contains("calls");
      String text = outer ? whole(style, call + call) : call + call;
      String rest = text.substring(beginning.marker().length());
      assertThat(text).startsWith(beginning.marker());
      assertThat(Grammars.accepts(beginning.rest(), rest)).as(beginning.marker()).isTrue();
      assertThat(Grammars.accepts(beginning.rest(), rest.replace("\"a\": 1", "\"a\": true")))
          .isFalse();
    }
  }

  @Test
  void namesOfAllToolsArePossible() {
    Map<String, String> schemas = Map.of("f", "{\"type\":\"object\"}", "g", "{\"const\":{}}");
    Grammar calls = Grammar.toolCalls(ToolCallStyle.DEEPSEEK_V31, schemas, 1);
    String text = whole(ToolCallStyle.DEEPSEEK_V31, V31);
    assertThat(Grammars.accepts(calls, text.replace("add", "f"))).isTrue();
    assertThat(Grammars.accepts(calls, text.replace("add", "g"))).isFalse();
    assertThat(Grammars.accepts(calls, text.replace("add", "g").replace("{\"a\": 1}", "{}")))
        .isTrue();
  }
}
