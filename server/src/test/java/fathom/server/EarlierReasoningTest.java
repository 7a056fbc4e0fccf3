package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Which reasoning of earlier answers must come back, must not, or needn't: the model's template
/// decides.
class EarlierReasoningTest {
  private static final String TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"now\",\"description\":\"The time\"}}]";
  private static final String QUESTION = "{\"role\":\"user\",\"content\":\"Time?\"}";
  private static final String RESULT =
      "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"noon\"}";
  private static final String ANSWER = "{\"role\":\"assistant\",\"content\":\"Noon.\"}";
  private static final String CALLED = calling("");
  private static final String CALLED_WITH_REASON =
      calling("\"reasoning_content\":\"Look at the clock.\",");

  @TempDir Path folder;

  private static String calling(String reasoning) {
    return "{\"role\":\"assistant\",\"content\":\"\","
        + reasoning
        + "\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":\"{\\\"zone\\\":\\\"here\\\"}\"}}]}";
  }

  private static HttpResponse<String> ask(TestServer server, String more, String... messages) {
    return server.post(
        "/chat/completions",
        "{\"model\":\"tiny\",\"messages\":[" + String.join(",", messages) + "]" + more + "}");
  }

  private TestServer server(String template, String reply) {
    return TestServer.start(template, folder, _ -> reply);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3.2", "qwen3"})
  void inTheRoundsAfterTheLastQuestionItMustComeBack(String template) {
    try (TestServer server = server(template, "So.</think>Noon.")) {
      JsonNode error =
          TestServer.json(ask(server, "," + TOOLS, QUESTION, CALLED, RESULT), 400).path("error");
      assertThat(error.path("param").asString()).isEqualTo("messages[1].reasoning_content");
      assertThat(ask(server, "," + TOOLS, QUESTION, CALLED_WITH_REASON, RESULT).statusCode())
          .isEqualTo(200);
      assertThat(server.source().lastPrompt()).contains("Look at the clock.");
    }
  }

  @Test
  void anEmptyThoughtIsOneThatCameBack() {
    try (TestServer server = server("deepseek-v3.2", "So.</think>Noon.")) {
      String silent = calling("\"reasoning_content\":\"\",");
      assertThat(ask(server, "," + TOOLS, QUESTION, silent, RESULT).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void beforeTheLastQuestionItIsNeitherNeededNorShown() {
    try (TestServer server = server("deepseek-v3.2", "So.</think>Welcome.")) {
      String thanks = "{\"role\":\"user\",\"content\":\"Thanks\"}";
      for (String call : new String[] {CALLED, CALLED_WITH_REASON}) {
        assertThat(ask(server, "," + TOOLS, QUESTION, call, RESULT, ANSWER, thanks).statusCode())
            .isEqualTo(200);
        assertThat(server.source().lastPrompt()).doesNotContain("Look at the clock.");
      }
    }
  }

  @Test
  void withoutThinkingOrWithoutToolsNobodyAsksForIt() {
    try (TestServer server = server("deepseek-v3.2", "Noon.")) {
      String off = ",\"thinking\":{\"type\":\"disabled\"}";
      assertThat(ask(server, off + "," + TOOLS, QUESTION, CALLED, RESULT).statusCode())
          .isEqualTo(200);
      assertThat(ask(server, "", QUESTION, CALLED, RESULT).statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-r1", "deepseek-v3.1"})
  void theR1EraRefusesIt(String template) {
    try (TestServer server = server(template, "So.</think>Noon.")) {
      String thought = "{\"role\":\"assistant\",\"content\":\"Noon.\",\"reasoning_content\":\"x\"}";
      JsonNode error = TestServer.json(ask(server, "", QUESTION, thought, QUESTION), 400);
      assertThat(error.at("/error/param").asString()).isEqualTo("messages[1].reasoning_content");
    }
  }

  @Test
  void callsInV32sMarkupBecomeToolCalls() {
    String reply =
        """
        Look.</think>One moment.

        <｜DSML｜function_calls>
        <｜DSML｜invoke name="now">
        <｜DSML｜parameter name="zone" string="true">here & "there"</｜DSML｜parameter>
        <｜DSML｜parameter name="digits" string="false">4</｜DSML｜parameter>
        </｜DSML｜invoke>
        </｜DSML｜function_calls>""";
    try (TestServer server = server("deepseek-v3.2", reply)) {
      JsonNode choice = TestServer.json(ask(server, "," + TOOLS, QUESTION), 200).at("/choices/0");
      assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
      JsonNode message = choice.path("message");
      assertThat(message.path("reasoning_content").asString()).isEqualTo("Look.");
      assertThat(message.path("content").asString()).isEqualTo("One moment.");
      assertThat(message.at("/tool_calls/0/function/name").asString()).isEqualTo("now");
      assertThat(Json.parse(message.at("/tool_calls/0/function/arguments").asString()))
          .isEqualTo(Json.parse("{\"zone\":\"here & \\\"there\\\"\",\"digits\":4}"));
      assertThat(server.source().lastPrompt())
          .contains("## Tools\n\nYou have access")
          .contains("{\"name\": \"now\", \"description\": \"The time\"");
    }
  }

  @Test
  void whatNobodyCanHoldToASchemaIsRefused() {
    try (TestServer server = server("deepseek-v3.2", "Hm.</think>")) {
      String strict =
          ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":"
              + "{\"type\":\"object\",\"properties\":{},\"required\":[],\"additionalProperties\":false}}}]";
      JsonNode error = TestServer.json(ask(server, strict, QUESTION), 400).path("error");
      assertThat(error.path("param").asString()).isEqualTo("tools");
      assertThat(error.path("message").asString()).contains("strict");
    }
  }

  @Test
  void theDevelopersMessageIsTheSystems() {
    try (TestServer server = server("deepseek-v3.1", "Hm.</think>Hi.")) {
      String developer = "{\"role\":\"developer\",\"content\":\"Be brief.\"}";
      assertThat(ask(server, "", developer, QUESTION).statusCode()).isEqualTo(200);
      assertThat(server.source().lastPrompt()).contains("Be brief.<｜User｜>Time?");
    }
  }
}
