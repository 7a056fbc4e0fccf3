package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations for DeepSeek-V3.2, written out as `encoding_dsv32.py` of its release renders them,
/// and its calls of tools read back.
class DeepSeekV32Test {
  private static final ChatTemplate TEMPLATE =
      ChatTemplate.deepSeekV32(
          Map.of("bos_token", "<｜begin▁of▁sentence｜>", "eos_token", "<｜end▁of▁sentence｜>"));
  private static final ChatOptions THINKING = ChatOptions.answer().withThinking(true);
  private static final ChatOptions PLAIN = ChatOptions.answer().withThinking(false);

  private static final ToolCall WEATHER =
      new ToolCall(
          "1",
          "get_weather",
          "{\"city\": \"杭州 \\\"West\\\"\", \"days\": 2, \"at\": [\"早\", true], \"how\": {\"c\": null}}");
  private static final ToolCall CLOCK = new ToolCall("2", "now", "{}");
  private static final String CALLS =
      """


      <｜DSML｜function_calls>
      <｜DSML｜invoke name="get_weather">
      <｜DSML｜parameter name="city" string="true">杭州 "West"</｜DSML｜parameter>
      <｜DSML｜parameter name="days" string="false">2</｜DSML｜parameter>
      <｜DSML｜parameter name="at" string="false">["早", true]</｜DSML｜parameter>
      <｜DSML｜parameter name="how" string="false">{"c": null}</｜DSML｜parameter>
      </｜DSML｜invoke>
      <｜DSML｜invoke name="now">

      </｜DSML｜invoke>
      </｜DSML｜function_calls>""";
  private static final String RESULTS =
      """


      <function_results>
      <result>sunny</result>
      <result>noon</result>
      </function_results>""";

  private static ChatMessage calling(String reasoning, ToolCall... calls) {
    return new ChatMessage(Role.ASSISTANT, "", reasoning, List.of(calls), "", "", false);
  }

  private static String render(ChatOptions options, ChatMessage... messages) {
    String text = TEMPLATE.render(List.of(messages), options);
    assertThat(text).startsWith("<｜begin▁of▁sentence｜>");
    return text.substring("<｜begin▁of▁sentence｜>".length());
  }

  @Test
  void aQuestionOpensTheAnswerWithOrWithoutThinking() {
    ChatMessage[] messages = {ChatMessage.system("Be kind."), ChatMessage.user("hello")};
    assertThat(render(THINKING, messages)).isEqualTo("Be kind.<｜User｜>hello<｜Assistant｜><think>");
    assertThat(render(PLAIN, messages)).isEqualTo("Be kind.<｜User｜>hello<｜Assistant｜></think>");
  }

  @Test
  void reasoningBeforeTheLastQuestionIsDropped() {
    assertThat(
            render(
                THINKING,
                ChatMessage.user("hello"),
                ChatMessage.assistant("thinking...", "Hello! I am DeepSeek."),
                ChatMessage.user("1+1=?")))
        .isEqualTo(
            "<｜User｜>hello<｜Assistant｜></think>Hello! I am DeepSeek.<｜end▁of▁sentence｜>"
                + "<｜User｜>1+1=?<｜Assistant｜><think>");
  }

  @Test
  void reasoningIsKeptThroughTheRoundsOfToolsAfterTheLastQuestion() {
    assertThat(
            render(
                THINKING,
                ChatMessage.user("Weather?"),
                calling("I must look.", WEATHER, CLOCK),
                ChatMessage.tool("1", "sunny"),
                ChatMessage.tool("2", "noon")))
        .isEqualTo(
            "<｜User｜>Weather?<｜Assistant｜><think>I must look.</think>"
                + CALLS
                + "<｜end▁of▁sentence｜>"
                + RESULTS
                + "\n\n<think>");
  }

  @Test
  void roundsOfToolsBeforeTheLastQuestionLoseTheirReasoning() {
    assertThat(
            render(
                THINKING,
                ChatMessage.user("Weather?"),
                calling("I must look.", WEATHER, CLOCK),
                ChatMessage.tool("1", "sunny"),
                ChatMessage.tool("2", "noon"),
                ChatMessage.assistant("So it is.", "Sunny at noon."),
                ChatMessage.user("Thanks")))
        .isEqualTo(
            "<｜User｜>Weather?<｜Assistant｜></think>"
                + CALLS
                + "<｜end▁of▁sentence｜>"
                + RESULTS
                + "\n\n</think>Sunny at noon.<｜end▁of▁sentence｜>"
                + "<｜User｜>Thanks<｜Assistant｜><think>");
  }

  @Test
  void withoutThinkingResultsAreAnsweredAtOnce() {
    assertThat(
            render(
                PLAIN,
                ChatMessage.user("Time?"),
                calling("", CLOCK),
                ChatMessage.tool("2", "noon")))
        .endsWith("<result>noon</result>\n</function_results>\n\n</think>");
  }

  @Test
  void toolsAreDescribedAfterTheSystemPrompt() {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", "now");
    function.put("description", "现在");
    function.put("parameters", Map.of("type", "object"));
    ChatOptions tools =
        THINKING.withTools(List.of(Map.of("type", "function", "function", function)));
    String text = render(tools, ChatMessage.system("S"), ChatMessage.user("Time?"));
    assertThat(text)
        .startsWith("S\n\n## Tools\n\nYou have access to a set of tools you can use")
        .contains(
            """

            <｜DSML｜function_calls>
            <｜DSML｜invoke name="$FUNCTION_NAME">
            <｜DSML｜parameter name="$PARAMETER_NAME" string="true|false">$PARAMETER_VALUE</｜DSML｜parameter>
            ...
            </｜DSML｜invoke>
            """)
        .endsWith(
            """
            <functions>
            {"name": "now", "description": "现在", "parameters": {"type": "object"}}
            </functions>
            <｜User｜>Time?<｜Assistant｜><think>""");
    assertThat(render(tools, ChatMessage.user("Time?"))).startsWith("\n\n## Tools\n\nYou have");
  }

  @Test
  void aTranscriptOpensNoAnswer() {
    assertThat(TEMPLATE.render(List.of(ChatMessage.user("hello")), ChatOptions.transcript()))
        .endsWith("<｜User｜>hello");
  }

  @Test
  void readsBackWhatItWrites() {
    ToolCallParser parser = new ToolCallParser();
    List<ReplyPart> parts =
        ReplyParts.of(parser::accept, parser::finish, List.of("One moment." + CALLS));
    assertThat(parts)
        .containsExactly(
            new ReplyPart.Content("One moment."),
            new ReplyPart.CallBegin(0, "get_weather"),
            new ReplyPart.CallArguments(0, WEATHER.arguments()),
            new ReplyPart.CallEnd(0),
            new ReplyPart.CallBegin(1, "now"),
            new ReplyPart.CallArguments(1, "{}"),
            new ReplyPart.CallEnd(1));
  }

  @Test
  void aDirectoryWithoutATemplateGetsItByItsModelType(@TempDir Path folder) throws IOException {
    Path tiny = Fixtures.own("tokenizers").resolve("tiny");
    Files.copy(tiny.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    assertThat(Tokenizer.open(folder).chatTemplate()).isEmpty();
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"deepseek_v32\"}");
    assertThat(Tokenizer.open(folder).chatTemplate().orElseThrow().source()).contains("｜DSML｜");
  }
}
