package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OllamaApiTest {
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
  @TempDir private static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            folder,
            prompt ->
                prompt.contains("weather")
                    ? "</think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": \"Oslo\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
                    : prompt.endsWith("<think>") ? "Hm.</think>Fine." : "Fine.");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static List<JsonNode> lines(HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
    return response.body().lines().map(Json::parse).toList();
  }

  @Test
  void aStreamIsOneObjectALineAndOnlyTheLastIsDone() {
    List<JsonNode> lines = lines(server.post("/api/chat", "{\"model\":\"tiny\"," + MESSAGES + "}"));
    StringBuilder content = new StringBuilder();
    StringBuilder thinking = new StringBuilder();
    for (JsonNode line : lines) {
      content.append(line.at("/message/content").asString(""));
      thinking.append(line.at("/message/thinking").asString(""));
      assertThat(line.path("model").asString()).isEqualTo("tiny");
      assertThat(line.path("created_at").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    }
    assertThat(content).hasToString("Fine.");
    assertThat(thinking).hasToString("Hm.");
    assertThat(lines.subList(0, lines.size() - 1))
        .noneMatch(line -> line.path("done").booleanValue());
    JsonNode last = lines.getLast();
    assertThat(last.path("done").booleanValue()).isTrue();
    assertThat(last.path("done_reason").asString()).isEqualTo("stop");
    assertThat(last.path("eval_count").asInt()).isPositive();
    assertThat(last.path("total_duration").asLong())
        .isGreaterThanOrEqualTo(last.path("eval_duration").asLong());
  }

  @Test
  void anAnswerInOnePieceHasEverything() {
    JsonNode answer =
        TestServer.json(
            server.post("/api/chat", "{\"model\":\"tiny\",\"stream\":false," + MESSAGES + "}"),
            200);
    assertThat(answer.at("/message/role").asString()).isEqualTo("assistant");
    assertThat(answer.at("/message/content").asString()).isEqualTo("Fine.");
    assertThat(answer.at("/message/thinking").asString()).isEqualTo("Hm.");
    assertThat(answer.path("prompt_eval_count").asInt()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"true, Hm.", "false, ''"})
  void thinkSwitchesThinking(boolean think, String thought) {
    JsonNode answer =
        TestServer.json(
            server.post(
                "/api/chat",
                "{\"model\":\"tiny\",\"stream\":false,\"think\":" + think + "," + MESSAGES + "}"),
            200);
    assertThat(answer.at("/message/thinking").asString("")).isEqualTo(thought);
  }

  @Test
  void callsCarryTheirArgumentsAsAnObject() {
    JsonNode answer =
        TestServer.json(
            server.post(
                "/api/chat",
                "{\"model\":\"tiny\",\"stream\":false,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\"}}}],"
                    + MESSAGES
                    + "}"),
            200);
    JsonNode call = answer.at("/message/tool_calls/0/function");
    assertThat(call.path("name").asString()).isEqualTo("weather");
    assertThat(call.at("/arguments/city").asString()).isEqualTo("Oslo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/chat {\"model\":\"tiny\"}",
        "/api/chat {\"model\":\"tiny:latest\",\"messages\":[]}",
        "/api/generate {\"model\":\"tiny\"}"
      })
  void aRequestWithoutAPromptOnlyLoads(String request) {
    String[] parts = request.split(" ", 2);
    JsonNode answer = TestServer.json(server.post(parts[0], parts[1]), 200);
    assertThat(answer.path("done_reason").asString()).isEqualTo("load");
    assertThat(answer.path("done").booleanValue()).isTrue();
  }

  @Test
  void generateAnswersAPrompt() {
    JsonNode answer =
        TestServer.json(
            server.post(
                "/api/generate",
                "{\"model\":\"tiny\",\"prompt\":\"hi\",\"system\":\"Be brief.\",\"stream\":false}"),
            200);
    assertThat(answer.path("response").asString()).isEqualTo("Fine.");
    assertThat(server.source().lastPrompt()).contains("Be brief.").contains("<｜User｜>hi");
  }

  @Test
  void rawPromptsGoToTheModelAsTheyAre() {
    server.post(
        "/api/generate",
        "{\"model\":\"tiny\",\"prompt\":\"1 + 1 =\",\"raw\":true,\"stream\":false}");
    assertThat(server.source().lastPrompt()).endsWith("1 + 1 =").doesNotContain("<｜User｜>");
  }

  @Test
  void optionsLimitTheAnswer() {
    JsonNode answer =
        TestServer.json(
            server.post(
                "/api/chat",
                "{\"model\":\"tiny\",\"stream\":false,\"options\":{\"num_predict\":1},"
                    + MESSAGES
                    + "}"),
            200);
    assertThat(answer.path("done_reason").asString()).isEqualTo("length");
    assertThat(answer.path("eval_count").asInt()).isEqualTo(1);
  }

  @Test
  void modelsAreListedAndShown() {
    JsonNode tags = TestServer.json(server.get("/api/tags"), 200).path("models");
    assertThat(tags.get(0).path("name").asString()).isEqualTo("tiny:latest");
    JsonNode shown = TestServer.json(server.post("/api/show", "{\"model\":\"tiny\"}"), 200);
    assertThat(shown.path("capabilities").toString()).contains("completion").contains("thinking");
    assertThat(server.get("/api/version").body()).contains("version");
  }

  @Test
  void errorsHaveOllamasForm() {
    JsonNode unknown =
        TestServer.json(server.post("/api/chat", "{\"model\":\"nope\"," + MESSAGES + "}"), 404);
    assertThat(unknown.path("error").asString()).isEqualTo("model 'nope' not found");
    assertThat(TestServer.json(server.post("/api/generate", "{bad"), 400).path("error").isString())
        .isTrue();
  }
}
