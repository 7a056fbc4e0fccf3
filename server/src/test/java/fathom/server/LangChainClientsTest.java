package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class LangChainClientsTest {
  @TempDir private static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(folder, LangChainClientsTest::answer);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String answer(String prompt) {
    if (prompt.contains("weather")) {
      return "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\":\"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    }
    return prompt.endsWith("<think>") ? "Two and two.</think>The answer is 4." : "The answer is 4.";
  }

  @Test
  void chatsThroughTheOpenAiModule() {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.at("/v1").toString())
            .apiKey("none")
            .modelName("deepseek-chat")
            .maxRetries(0)
            .build();
    assertThat(model.chat("2+2?")).isEqualTo("The answer is 4.");
  }

  @Test
  void readsReasoningThroughTheOpenAiModule() {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.at("/v1").toString())
            .apiKey("none")
            .modelName("deepseek-reasoner")
            .returnThinking(true)
            .maxRetries(0)
            .build();
    ChatResponse response = model.chat(UserMessage.from("2+2?"));
    assertThat(response.aiMessage().thinking()).isEqualTo("Two and two.");
  }

  @Test
  void chatsThroughTheOllamaModule() {
    OllamaChatModel model =
        OllamaChatModel.builder()
            .baseUrl(server.at("/").toString())
            .modelName("tiny")
            .think(true)
            .returnThinking(true)
            .maxRetries(0)
            .build();
    ChatResponse response = model.chat(UserMessage.from("2+2?"));
    assertThat(response.aiMessage().text()).isEqualTo("The answer is 4.");
    assertThat(response.aiMessage().thinking()).isEqualTo("Two and two.");
    assertThat(response.tokenUsage().outputTokenCount()).isPositive();
  }

  @Test
  void callsToolsThroughTheOllamaModule() {
    OllamaChatModel model =
        OllamaChatModel.builder()
            .baseUrl(server.at("/").toString())
            .modelName("tiny:latest")
            .think(false)
            .maxRetries(0)
            .build();
    ToolSpecification tool =
        ToolSpecification.builder()
            .name("get_weather")
            .description("Weather")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
            .build();
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("weather?"))
                .toolSpecifications(tool)
                .build());
    assertThat(response.aiMessage().toolExecutionRequests().getFirst().name())
        .isEqualTo("get_weather");
    assertThat(response.aiMessage().toolExecutionRequests().getFirst().arguments())
        .contains("Paris");
  }

  @Test
  void streamsThroughTheOllamaModule() throws Exception {
    OllamaStreamingChatModel model =
        OllamaStreamingChatModel.builder()
            .baseUrl(server.at("/").toString())
            .modelName("tiny")
            .think(false)
            .timeout(Duration.ofSeconds(9))
            .build();
    CompletableFuture<String> whole = new CompletableFuture<>();
    // The handler is called by one thread at a time, and the future orders its writes before our
    // reading.
    StringBuilder parts = new StringBuilder();
    model.chat(
        "2+2?",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String part) {
            parts.append(part);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response.aiMessage().text());
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    assertThat(whole.get(9, TimeUnit.SECONDS)).isEqualTo("The answer is 4.");
    assertThat(parts).hasToString("The answer is 4.");
  }

  @Test
  void describesItselfLikeOllama() {
    assertThat(TestServer.json(server.get("/api/version"), 200).path("version").asString())
        .isNotBlank();
    assertThat(TestServer.json(server.get("/api/tags"), 200).at("/models/0/name").asString())
        .isEqualTo("tiny:latest");
    JsonNode shown = TestServer.json(server.post("/api/show", "{\"model\":\"tiny\"}"), 200);
    assertThat(shown.path("capabilities").toString()).contains("thinking").contains("insert");
    assertThat(
            TestServer.json(server.post("/api/show", "{\"model\":\"llama9\"}"), 404)
                .path("error")
                .asString())
        .contains("llama9");
  }

  @Test
  void generatesLikeOllama() {
    JsonNode answer =
        TestServer.json(
            server.post(
                "/api/generate",
                "{\"model\":\"tiny\",\"prompt\":\"2+2?\",\"stream\":false,\"think\":true}"),
            200);
    assertThat(answer.path("response").asString()).isEqualTo("The answer is 4.");
    assertThat(answer.path("thinking").asString()).isEqualTo("Two and two.");
    assertThat(answer.path("done").asBoolean()).isTrue();
    String lines =
        server
            .post("/api/generate", "{\"model\":\"tiny\",\"prompt\":\"2+2?\",\"raw\":true}")
            .body();
    assertThat(lines.lines().toList()).hasSizeGreaterThan(2).allSatisfy(line -> Json.parse(line));
    assertThat(
            TestServer.json(server.post("/api/generate", "{\"model\":\"tiny\"}"), 200)
                .path("done_reason")
                .asString())
        .isEqualTo("load");
  }
}
