package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The Responses protocol as OpenAI's own client speaks it, and its rules that no client shows.
class ResponsesApiTest {
  @TempDir private static Path folder;
  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start("deepseek-v3.2", folder, ResponsesApiTest::answer);
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
    boolean thinks = prompt.endsWith("<think>");
    if (prompt.contains("weather") && !prompt.contains("<result>")) {
      return (thinks ? "I must look.</think>" : "")
          + """
            One moment.

            <｜DSML｜function_calls>
            <｜DSML｜invoke name="get_weather">
            <｜DSML｜parameter name="city" string="true">Paris</｜DSML｜parameter>
            </｜DSML｜invoke>
            </｜DSML｜function_calls>""";
    }
    String result = prompt.contains("<result>") ? "Sunny." : "The answer is 4.";
    return thinks ? "Two and two.</think>" + result : result;
  }

  private static ResponseCreateParams.Builder question(String model, String text) {
    return ResponseCreateParams.builder().model(model).input(text);
  }

  private static FunctionTool weather() {
    return FunctionTool.builder()
        .name("get_weather")
        .strict(false)
        .parameters(
            FunctionTool.Parameters.builder()
                .putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty(
                    "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                .build())
        .build();
  }

  private static String text(Response response) {
    return response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .map(content -> content.asOutputText().text())
        .collect(Collectors.joining());
  }

  private static String reasoning(Response response) {
    return response.output().stream()
        .flatMap(item -> item.reasoning().stream())
        .flatMap(item -> item.content().orElseThrow().stream())
        .map(content -> content.text())
        .collect(Collectors.joining());
  }

  @Test
  void answersWithReasoningAndText() {
    Response response = client.responses().create(question("deepseek-reasoner", "2+2?").build());
    response.validate();
    assertThat(response.status()).contains(ResponseStatus.COMPLETED);
    assertThat(reasoning(response)).isEqualTo("Two and two.");
    assertThat(text(response)).isEqualTo("The answer is 4.");
    assertThat(response.usage().orElseThrow().outputTokensDetails().reasoningTokens()).isPositive();
  }

  @Test
  void streamsEventsThatMakeTheSameResponse() {
    ResponseAccumulator whole = ResponseAccumulator.create();
    List<ResponseStreamEvent> events = new ArrayList<>();
    try (StreamResponse<ResponseStreamEvent> stream =
        client.responses().createStreaming(question("deepseek-reasoner", "2+2?").build())) {
      stream.stream().peek(whole::accumulate).forEach(events::add);
    }
    events.forEach(event -> event.validate());
    assertThat(text(whole.response())).isEqualTo("The answer is 4.");
    assertThat(reasoning(whole.response())).isEqualTo("Two and two.");
    assertThat(
            events.stream()
                .flatMap(event -> event.outputTextDelta().stream())
                .map(delta -> delta.delta())
                .collect(Collectors.joining()))
        .isEqualTo("The answer is 4.");
    assertThat(events.getFirst().isCreated()).isTrue();
    assertThat(events.getLast().isCompleted()).isTrue();
  }

  @Test
  void callsAToolAndBringsItsResult() {
    ResponseCreateParams first =
        question("deepseek-reasoner", "weather?").addTool(weather()).build();
    Response asked = client.responses().create(first);
    ResponseFunctionToolCall call =
        asked.output().stream()
            .flatMap(item -> item.functionCall().stream())
            .findFirst()
            .orElseThrow();
    assertThat(call.name()).isEqualTo("get_weather");
    assertThat(call.arguments()).isEqualTo("{\"city\": \"Paris\"}");
    assertThat(text(asked)).isEqualTo("One moment.");

    List<ResponseInputItem> items = new ArrayList<>();
    items.add(
        ResponseInputItem.ofMessage(
            ResponseInputItem.Message.builder()
                .role(ResponseInputItem.Message.Role.USER)
                .addInputTextContent("weather?")
                .build()));
    for (ResponseOutputItem item : asked.output()) {
      item.reasoning().ifPresent(i -> items.add(ResponseInputItem.ofReasoning(i)));
      item.message().ifPresent(i -> items.add(ResponseInputItem.ofResponseOutputMessage(i)));
      item.functionCall().ifPresent(i -> items.add(ResponseInputItem.ofFunctionCall(i)));
    }
    items.add(
        ResponseInputItem.ofFunctionCallOutput(
            ResponseInputItem.FunctionCallOutput.builder()
                .callId(call.callId())
                .output("sun")
                .build()));
    Response told =
        client
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model("deepseek-reasoner")
                    .instructions("Be kind.")
                    .inputOfResponse(items)
                    .addTool(weather())
                    .build());
    assertThat(text(told)).isEqualTo("Sunny.");
    assertThat(server.source().lastPrompt())
        .startsWith("<｜begin▁of▁sentence｜>Be kind.\n\n## Tools")
        .contains("<think>I must look.</think>One moment.\n\n<｜DSML｜function_calls>")
        .contains("<result>sun</result>");
  }

  @Test
  void streamsCallsOfTools() {
    List<JsonNode> events =
        TestServer.events(
            server.post(
                "/responses",
                "{\"model\":\"deepseek-chat\",\"stream\":true,\"input\":\"weather?\",\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\"}]}"));
    String arguments =
        events.stream()
            .filter(e -> e.path("type").asString().equals("response.function_call_arguments.delta"))
            .map(e -> e.path("delta").asString())
            .collect(Collectors.joining());
    assertThat(arguments).isEqualTo("{\"city\": \"Paris\"}");
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).path("sequence_number").asInt()).isEqualTo(i);
    }
    JsonNode output = events.getLast().at("/response/output");
    assertThat(output.get(0).path("type").asString()).isEqualTo("message");
    assertThat(output.get(1).path("type").asString()).isEqualTo("function_call");
    assertThat(output.get(1).path("arguments").asString()).isEqualTo(arguments);
  }

  @Test
  void tellsWhenTheAnswerWasCut() {
    Response response =
        client.responses().create(question("deepseek-chat", "2+2?").maxOutputTokens(2).build());
    assertThat(response.status()).contains(ResponseStatus.INCOMPLETE);
    assertThat(response.incompleteDetails().orElseThrow().reason().orElseThrow().asString())
        .isEqualTo("max_output_tokens");
  }

  @Test
  void seesErrorsAsTheClientsExceptions() {
    assertThatThrownBy(() -> client.responses().create(question("gpt-9", "x").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("Model Not Exist");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "previous_response_id | {'model':'tiny','input':'x','previous_response_id':'resp_1'}",
        "background | {'model':'tiny','input':'x','background':true}",
        "input[0].type | {'model':'tiny','input':[{'type':'item_reference','id':'x'}]}",
        "input[0].content[0].type | {'model':'tiny','input':[{'role':'user','content':[{'type':'input_image'}]}]}",
        "input | {'model':'tiny','input':7}",
        "messages | {'model':'tiny'}",
        "tools[0].type | {'model':'tiny','input':'x','tools':[{'type':'web_search'}]}",
      })
  void namesTheFieldAtFault(String param, String body) {
    JsonNode error =
        TestServer.json(server.post("/responses", body.replace('\'', '"')), 400).path("error");
    assertThat(error.path("param").asString()).isEqualTo(param);
  }
}
