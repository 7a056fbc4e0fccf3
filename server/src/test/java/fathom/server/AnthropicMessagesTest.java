package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class AnthropicMessagesTest {
  private static final String TOOL =
      "\"tools\":[{\"name\":\"get_weather\",\"description\":\"Weather\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}]";

  @TempDir private static Path folder;
  private static TestServer server;
  private static AnthropicClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start(folder, AnthropicMessagesTest::answer);
    client =
        AnthropicOkHttpClient.builder()
            .apiKey("none")
            .baseUrl(server.at("/anthropic").toString())
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static String answer(String prompt) {
    if (prompt.contains("weather") && !prompt.contains("tool▁output")) {
      return "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\":\"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    }
    String result = prompt.contains("tool▁output") ? "Sunny." : "The answer is 4.";
    return prompt.endsWith("<think>") ? "Two and two.</think>" + result : result;
  }

  private static MessageCreateParams.Builder question(String text) {
    return MessageCreateParams.builder()
        .model("claude-sonnet-4-5")
        .maxTokens(300)
        .addUserMessage(text);
  }

  private static String body(String rest) {
    return "{\"model\":\"tiny\",\"max_tokens\":300,\"messages\":[{\"role\":\"user\",\"content\":\"weather?\"}],"
        + rest
        + "}";
  }

  @Test
  void answersTheOfficialClient() {
    Message message = client.messages().create(question("2+2?").system("Be brief.").build());
    assertThat(message.content().getFirst().asText().text()).isEqualTo("The answer is 4.");
    assertThat(message.stopReason()).contains(StopReason.END_TURN);
    assertThat(message.usage().outputTokens()).isPositive();
    assertThat(server.source().lastPrompt()).contains("Be brief.<｜User｜>2+2?");
  }

  @Test
  void thinksForTheOfficialClientAndTakesTheThoughtsBack() {
    Message message =
        client.messages().create(question("2+2?").maxTokens(3000).enabledThinking(1024).build());
    List<ContentBlock> blocks = message.content();
    assertThat(blocks.get(0).asThinking().thinking()).isEqualTo("Two and two.");
    assertThat(blocks.get(1).asText().text()).isEqualTo("The answer is 4.");
    Message next =
        client
            .messages()
            .create(question("2+2?").addMessage(message).addUserMessage("sure?").build());
    assertThat(next.content().getFirst().asText().text()).isEqualTo("The answer is 4.");
  }

  @Test
  void streamsToTheOfficialClient() {
    StringBuilder text = new StringBuilder();
    StringBuilder thinking = new StringBuilder();
    try (StreamResponse<RawMessageStreamEvent> stream =
        client
            .messages()
            .createStreaming(question("2+2?").maxTokens(3000).enabledThinking(1024).build())) {
      stream.stream()
          .flatMap(event -> event.contentBlockDelta().stream())
          .forEach(
              delta -> {
                delta.delta().text().ifPresent(part -> text.append(part.text()));
                delta.delta().thinking().ifPresent(part -> thinking.append(part.thinking()));
              });
    }
    assertThat(text).hasToString("The answer is 4.");
    assertThat(thinking).hasToString("Two and two.");
  }

  @Test
  void countsTokensForTheOfficialClient() {
    long tokens =
        client
            .messages()
            .countTokens(
                MessageCountTokensParams.builder().model("claude").addUserMessage("2+2?").build())
            .inputTokens();
    assertThat(tokens).isBetween(4L, 20L);
  }

  @Test
  void tellsTheOfficialClientOfErrors() {
    Assertions.assertThatThrownBy(
            () ->
                client
                    .messages()
                    .create(
                        question("x")
                            .putAdditionalBodyProperty("temperature", JsonValue.from(9))
                            .build()))
        .isInstanceOf(com.anthropic.errors.AnthropicServiceException.class)
        .hasMessageContaining("temperature");
    HttpResponse<String> response =
        server.post("/v1/messages", "{\"model\":\"tiny\",\"messages\":[]}");
    JsonNode error = TestServer.json(response, 400);
    assertThat(error.path("type").asString()).isEqualTo("error");
    assertThat(error.at("/error/type").asString()).isEqualTo("invalid_request_error");
  }

  @Test
  void callsToolsAndTakesTheirResults() {
    JsonNode first = TestServer.json(server.post("/v1/messages", body(TOOL)), 200);
    assertThat(first.path("stop_reason").asString()).isEqualTo("tool_use");
    JsonNode use = first.at("/content/0");
    assertThat(use.path("type").asString()).isEqualTo("tool_use");
    assertThat(use.at("/input/city").asString()).isEqualTo("Paris");
    String second =
        "{\"model\":\"tiny\",\"max_tokens\":300,\"messages\":[{\"role\":\"user\",\"content\":\"weather?\"},{\"role\":\"assistant\",\"content\":["
            + Json.text(use)
            + "]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"x\",\"content\":\"sun\"}]}],"
            + TOOL
            + "}";
    JsonNode answer = TestServer.json(server.post("/v1/messages", second), 200);
    assertThat(answer.at("/content/0/text").asString()).isEqualTo("Sunny.");
  }

  @Test
  void streamsToolCallsAsJsonFragments() {
    HttpResponse<String> response = server.post("/v1/messages", body(TOOL + ",\"stream\":true"));
    assertThat(response.body()).contains("event: message_start").contains("event: message_stop");
    StringBuilder json = new StringBuilder();
    for (JsonNode event : TestServer.events(response)) {
      json.append(event.at("/delta/partial_json").asString(""));
    }
    assertThat(Json.parse(json.toString()).path("city").asString()).isEqualTo("Paris");
    assertThat(response.body()).contains("\"stop_reason\":\"tool_use\"");
  }

  @Test
  void namesTheStopSequenceThatEndedIt() {
    String stops =
        "{\"model\":\"tiny\",\"max_tokens\":99,\"stop_sequences\":[\" is\"],\"messages\":[{\"role\":\"user\",\"content\":\"2+2?\"}]}";
    JsonNode answer = TestServer.json(server.post("/v1/messages", stops), 200);
    assertThat(answer.path("stop_reason").asString()).isEqualTo("stop_sequence");
    assertThat(answer.path("stop_sequence").asString()).isEqualTo(" is");
    assertThat(answer.at("/content/0/text").asString()).isEqualTo("The answer");
  }
}
