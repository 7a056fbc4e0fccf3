package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract with OpenAI's own client, in which DeepSeek's additions arrive as additional
/// properties.
@SuppressWarnings({
  "deprecation",
  "unchecked",
  "rawtypes"
}) // the client marks additional properties so
class OpenAiClientTest {
  @TempDir private static Path folder;
  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start(folder, OpenAiClientTest::answer);
    client =
        OpenAIOkHttpClient.builder()
            .apiKey("none")
            .baseUrl(server.at("/v1").toString())
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

  private static ChatCompletionCreateParams.Builder question(String model, String text) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage(text);
  }

  @Test
  void chats() {
    ChatCompletion completion =
        client.chat().completions().create(question("deepseek-chat", "2+2?").build());
    assertThat(completion.choices().getFirst().message().content()).contains("The answer is 4.");
    assertThat(completion.usage().orElseThrow().totalTokens()).isPositive();
  }

  @Test
  void reasonsOverSeveralTurns() {
    ChatCompletion first =
        client.chat().completions().create(question("deepseek-reasoner", "2+2?").build());
    ChatCompletionMessage message = first.choices().getFirst().message();
    assertThat(message._additionalProperties().get("reasoning_content").asStringOrThrow())
        .isEqualTo("Two and two.");
    ChatCompletion second =
        client
            .chat()
            .completions()
            .create(
                question("deepseek-reasoner", "2+2?")
                    .addAssistantMessage(message.content().orElseThrow())
                    .addUserMessage("sure?")
                    .build());
    assertThat(second.choices().getFirst().message().content()).contains("The answer is 4.");
  }

  @Test
  void streams() {
    StringBuilder content = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(question("deepseek-reasoner", "2+2?").build())) {
      stream.stream()
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(
              choice -> {
                choice.delta().content().ifPresent(content::append);
                JsonValue thought = choice.delta()._additionalProperties().get("reasoning_content");
                if (thought != null) {
                  thought.asString().ifPresent(reasoning::append);
                }
              });
    }
    assertThat(content).hasToString("The answer is 4.");
    assertThat(reasoning).hasToString("Two and two.");
  }

  @Test
  void callsAToolAndBringsItsResult() {
    FunctionDefinition function =
        FunctionDefinition.builder()
            .name("get_weather")
            .parameters(
                FunctionParameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty(
                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                    .build())
            .build();
    ChatCompletionCreateParams.Builder params =
        question("deepseek-chat", "weather?").addFunctionTool(function);
    ChatCompletionMessage message =
        client.chat().completions().create(params.build()).choices().getFirst().message();
    var call = message.toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(call.function().name()).isEqualTo("get_weather");
    assertThat(call.function().arguments()).contains("Paris");
    params
        .addMessage(message)
        .addMessage(
            ChatCompletionToolMessageParam.builder().toolCallId(call.id()).content("sun").build());
    ChatCompletion second = client.chat().completions().create(params.build());
    assertThat(second.choices().getFirst().message().content()).contains("Sunny.");
  }

  @Test
  void seesErrorsAsItsOwnExceptions() {
    assertThatThrownBy(() -> client.chat().completions().create(question("gpt-9", "x").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("Model Not Exist");
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(question("deepseek-chat", "x").frequencyPenalty(9.0).build()))
        .isInstanceOf(UnprocessableEntityException.class);
  }

  @Test
  void listsModels() {
    assertThat(client.models().list().data())
        .extracting(model -> model.id())
        .contains("tiny", "deepseek-chat", "deepseek-reasoner");
    assertThat(client.models().retrieve("tiny").id()).isEqualTo("tiny");
  }
}
