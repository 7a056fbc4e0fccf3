package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ToolCallParserTest {
  private static final String BEGIN = "<｜tool▁calls▁begin｜>";
  private static final String END = "<｜tool▁calls▁end｜>";

  @Test
  void readsTheFormOfV3AndR1() {
    assertParts(
        "Let me see.\n\n"
            + BEGIN
            + v3("get_weather", "{\"city\": \"Paris\"}")
            + "\n"
            + v3("now", "{}")
            + END,
        new ReplyPart.Content("Let me see."),
        new ReplyPart.CallBegin(0, "get_weather"),
        new ReplyPart.CallArguments(0, "{\"city\": \"Paris\"}"),
        new ReplyPart.CallEnd(0),
        new ReplyPart.CallBegin(1, "now"),
        new ReplyPart.CallArguments(1, "{}"),
        new ReplyPart.CallEnd(1));
  }

  @Test
  void readsTheFormOfV31() {
    assertParts(
        BEGIN
            + v31("get_weather", "{\"city\": \"``` Paris\"}")
            + v31("function", "{\"a\":1}")
            + END,
        new ReplyPart.CallBegin(0, "get_weather"),
        new ReplyPart.CallArguments(0, "{\"city\": \"``` Paris\"}"),
        new ReplyPart.CallEnd(0),
        new ReplyPart.CallBegin(1, "function"),
        new ReplyPart.CallArguments(1, "{\"a\":1}"),
        new ReplyPart.CallEnd(1));
  }

  @Test
  void readsTheFormOfQwen() {
    assertParts(
        "Sure.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": [1, \"}</tool_call>\"]} }\n</tool_call>"
            + "\n<tool_call>{\"arguments\": {\"y\": \"\\\"\"}, \"name\": \"g\\u0031\"}</tool_call>",
        new ReplyPart.Content("Sure."),
        new ReplyPart.CallBegin(0, "f"),
        new ReplyPart.CallArguments(0, "{\"x\": [1, \"}</tool_call>\"]}"),
        new ReplyPart.CallEnd(0),
        new ReplyPart.CallBegin(1, "g1"),
        new ReplyPart.CallArguments(1, "{\"y\": \"\\\"\"}"),
        new ReplyPart.CallEnd(1));
  }

  @Test
  void readsTheMarkupOfV32AndV4() {
    for (String block : List.of("function_calls", "tool_calls")) {
      assertParts(
          "Hm.\n\n<｜DSML｜"
              + block
              + ">\n<｜DSML｜invoke name=\"f\">\n"
              + "<｜DSML｜parameter name=\"a>b\" string=\"true\">1 < 2\n\"x\"</｜DSML｜parameter>\n"
              + "<｜DSML｜parameter name=\"n\" string=\"false\">[1, {}]</｜DSML｜parameter>\n"
              + "</｜DSML｜invoke>\n</｜DSML｜"
              + block
              + ">",
          new ReplyPart.Content("Hm."),
          new ReplyPart.CallBegin(0, "f"),
          new ReplyPart.CallArguments(0, "{\"a>b\": \"1 < 2\\n\\\"x\\\"\", \"n\": [1, {}]}"),
          new ReplyPart.CallEnd(0));
    }
  }

  @Test
  void endsACallThatIsCutOff() {
    assertParts(
        BEGIN + "<｜tool▁call▁begin｜>f<｜tool▁sep｜>{\"a\": 1",
        new ReplyPart.CallBegin(0, "f"),
        new ReplyPart.CallArguments(0, "{\"a\": 1"),
        new ReplyPart.CallEnd(0));
    assertParts(
        "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"f\">\n<｜DSML｜parameter name=\"a\" string=\"true\">x",
        new ReplyPart.CallBegin(0, "f"),
        new ReplyPart.CallArguments(0, "{\"a\": \"x"),
        new ReplyPart.CallEnd(0));
  }

  @Test
  void givesBackWhatIsNoCallAfterAll() {
    assertParts("<tool_call>no json</tool_call>!", content("<tool_call>no json</tool_call>!"));
    assertParts("<｜tool▁call▁begin｜>f", content("<｜tool▁call▁begin｜>f"));
    assertParts("<tool", content("<tool"));
    String endless = "<｜tool▁call▁begin｜>" + "x".repeat(2000);
    assertParts(endless, content(endless));
    String empty = "<｜DSML｜function_calls>\nnothing</｜DSML｜function_calls>";
    assertParts(empty + "!", content(empty + "!"));
    assertParts(
        "<｜DSML｜function_calls>\n<｜DSML｜inv", content("<｜DSML｜function_calls>\n<｜DSML｜inv"));
  }

  @Test
  void leavesTextWithoutCallsAsItIs() {
    assertParts("Plain <b>text</b> ｜ ▁ \n\n", content("Plain <b>text</b> ｜ ▁ \n\n"));
  }

  @Test
  void passesArgumentsOnBeforeTheyEnd() {
    ToolCallParser parser = new ToolCallParser();
    parser.accept(BEGIN + "<｜tool▁call▁begin｜>f<｜tool▁sep｜>");
    assertThat(parser.accept("{\"a\"")).containsExactly(new ReplyPart.CallArguments(0, "{\"a\""));
    ToolCallParser qwen = new ToolCallParser();
    qwen.accept("<tool_call>{\"name\": \"f\", ");
    assertThat(qwen.accept("\"arguments\": {\"a\""))
        .containsExactly(new ReplyPart.CallArguments(0, "{\"a\""));
    ToolCallParser markup = new ToolCallParser();
    markup.accept("<｜DSML｜function_calls><｜DSML｜invoke name=\"f\">");
    assertThat(markup.accept("<｜DSML｜parameter name=\"a\" string=\"true\">some"))
        .containsExactly(
            new ReplyPart.CallArguments(0, "{\"a\": \""), new ReplyPart.CallArguments(0, "some"));
  }

  private static ReplyPart content(String text) {
    return new ReplyPart.Content(text);
  }

  private static String v3(String name, String arguments) {
    return "<｜tool▁call▁begin｜>function<｜tool▁sep｜>"
        + name
        + "\n```json\n"
        + arguments
        + "\n```<｜tool▁call▁end｜>";
  }

  private static String v31(String name, String arguments) {
    return "<｜tool▁call▁begin｜>" + name + "<｜tool▁sep｜>" + arguments + "<｜tool▁call▁end｜>";
  }

  private static void assertParts(String reply, ReplyPart... expected) {
    for (List<String> pieces : ReplyParts.cuts(reply)) {
      ToolCallParser parser = new ToolCallParser();
      assertThat(ReplyParts.of(parser::accept, parser::finish, pieces))
          .as("%s", pieces)
          .containsExactly(expected);
    }
  }
}
