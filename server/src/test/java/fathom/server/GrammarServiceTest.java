package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tokenizer.Tokenizer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// JSON modes and strict tools over HTTP, with a model of random weights: whatever it writes is
/// held to the form that was asked for.
class GrammarServiceTest {
  private static final String SCHEMA =
      """
      {"type":"object","properties":{
        "colour":{"enum":["red","green","blue"]},
        "count":{"type":"integer","minimum":-5,"maximum":120},
        "tags":{"type":"array","items":{"type":"string","maxLength":8},"minItems":1,"maxItems":3},
        "inner":{"anyOf":[{"type":"null"},{"type":"object","properties":{"ok":{"type":"boolean"}},
          "required":["ok"],"additionalProperties":false}]}},
       "required":["colour","count","tags","inner"],"additionalProperties":false}
      """;
  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"paint\",\"strict\":true,\"parameters\":"
          + SCHEMA
          + "}}]";

  @TempDir private static Path folder;
  private static final Tokenizer TOKENIZER = TestServer.tokenizer("deepseek-v3.1");
  private static EngineServer random;
  private static ApiServer server;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    random = EngineServer.random("deepseek-v3.1");
    Map<String, String> settings = Map.of("port", "0", "data-folder", folder.toString());
    server = ApiServer.start(ServerConfig.of(settings), "noise", random.source(), _ -> {});
  }

  @AfterAll
  static void stop() {
    server.close();
    random.close();
  }

  private static HttpResponse<String> post(int seed, String fields) {
    String body =
        "{\"model\":\"noise\",\"seed\":"
            + seed
            + ",\"messages\":[{\"role\":\"user\",\"content\":\"Some json, please.\"}]"
            + fields
            + "}";
    HttpRequest request =
        HttpRequest.newBuilder(server.address().resolve("/beta/chat/completions"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join();
  }

  private static String format(String schema) {
    return ",\"thinking\":{\"type\":\"disabled\"},\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
        + schema
        + "}}";
  }

  /// What the schema says, word by word.
  private static void check(JsonNode value) {
    assertThat(value.propertyNames()).containsExactlyInAnyOrder("colour", "count", "tags", "inner");
    assertThat(value.path("colour").asString()).isIn("red", "green", "blue");
    assertThat(value.path("count").isIntegralNumber()).isTrue();
    assertThat(value.path("count").asInt()).isBetween(-5, 120);
    assertThat(value.path("tags").size()).isBetween(1, 3);
    value
        .path("tags")
        .forEach(
            tag -> {
              String text = tag.stringValue();
              assertThat(text.codePointCount(0, text.length())).isLessThanOrEqualTo(8);
            });
    JsonNode inner = value.path("inner");
    if (!inner.isNull()) {
      assertThat(inner.propertyNames()).isEqualTo(Set.of("ok"));
      assertThat(inner.path("ok").isBoolean()).isTrue();
    }
  }

  @Test
  void everyOneOfSeveralAnswersMatchesTheSchema() {
    for (int seed = 0; seed < 2; seed++) {
      JsonNode answer =
          TestServer.json(post(seed, format(SCHEMA) + ",\"n\":3,\"max_tokens\":150"), 200);
      assertThat(answer.path("choices").size()).isEqualTo(3);
      for (JsonNode choice : answer.path("choices")) {
        check(Json.parse(choice.at("/message/content").asString()));
        assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
      }
    }
  }

  @Test
  void streamedPiecesMakeAnAnswerThatMatches() {
    for (int seed = 10; seed < 12; seed++) {
      StringBuilder[] contents = {new StringBuilder(), new StringBuilder()};
      TestServer.events(post(seed, format(SCHEMA) + ",\"stream\":true,\"n\":2,\"max_tokens\":120"))
          .forEach(
              chunk -> {
                JsonNode choice = chunk.at("/choices/0");
                contents[choice.path("index").asInt()].append(
                    choice.at("/delta/content").asString(""));
              });
      check(Json.parse(contents[0].toString()));
      check(Json.parse(contents[1].toString()));
    }
  }

  @Test
  void anAnswerIsWholeIfTheTokensJustSuffice() {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"],\"additionalProperties\":false}";
    for (int seed = 0; seed < 5; seed++) {
      // Eight bytes are the shortest answer: {"a":""}
      JsonNode answer = TestServer.json(post(seed, format(schema) + ",\"max_tokens\":8"), 200);
      JsonNode value = Json.parse(answer.at("/choices/0/message/content").asString());
      assertThat(value.path("a").isString()).isTrue();
      assertThat(answer.at("/usage/completion_tokens").asInt()).isLessThanOrEqualTo(8);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 12, 60})
  void anyObjectIsAnObject(int tokens) {
    for (int seed = 0; seed < 3; seed++) {
      JsonNode answer =
          TestServer.json(
              post(
                  seed,
                  ",\"thinking\":{\"type\":\"disabled\"},\"response_format\":{\"type\":\"json_object\"},\"max_tokens\":"
                      + tokens),
              200);
      assertThat(Json.parse(answer.at("/choices/0/message/content").asString()).isObject())
          .isTrue();
    }
  }

  @Test
  void afterItsThoughtTheModelKeepsToTheSchema() {
    JsonNode answer =
        TestServer.json(
            post(
                3,
                format(SCHEMA).replace("\"disabled\"", "\"enabled\",\"budget_tokens\":30")
                    + ",\"max_tokens\":160"),
            200);
    assertThat(answer.at("/choices/0/message/reasoning_content").asString()).isNotEmpty();
    check(Json.parse(answer.at("/choices/0/message/content").asString()));
  }

  private static String bias(String token, int value) {
    return ",\"logit_bias\":{\"" + TOKENIZER.id(token).orElseThrow() + "\":" + value + "}";
  }

  @Test
  void aStrictToolsArgumentsMatchOnceTheModelCallsIt() {
    int painted = 0;
    for (int seed = 0; seed < 2; seed++) {
      JsonNode answer =
          TestServer.json(
              post(
                  seed,
                  TOOLS
                      + ",\"thinking\":{\"type\":\"disabled\"},\"max_tokens\":160"
                      + bias("<｜tool▁calls▁begin｜>", 100)),
              200);
      assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
      for (JsonNode call : answer.at("/choices/0/message/tool_calls")) {
        JsonNode arguments = Json.parse(call.at("/function/arguments").asString());
        assertThat(call.at("/function/name").asString()).isEqualTo("paint");
        painted++;
        check(arguments);
      }
    }
    assertThat(painted).isPositive();
  }

  @Test
  void anAnswerThatCallsNoToolStaysFree() {
    JsonNode answer =
        TestServer.json(
            post(
                1,
                TOOLS
                    + ",\"thinking\":{\"type\":\"disabled\"},\"max_tokens\":30"
                    + bias("<｜tool▁calls▁begin｜>", -100)),
            200);
    assertThat(answer.at("/choices/0/message/content").asString()).isNotEmpty();
    assertThat(answer.at("/choices/0/finish_reason").asString()).isIn("length", "stop");
  }

  @Test
  void aForcedCallMatchesItsSchema() {
    for (int seed = 0; seed < 2; seed++) {
      JsonNode answer =
          TestServer.json(
              post(
                  seed,
                  TOOLS
                      + ",\"thinking\":{\"type\":\"disabled\"},\"max_tokens\":160,\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"paint\"}}"),
              200);
      JsonNode call = answer.at("/choices/0/message/tool_calls/0/function");
      assertThat(call.path("name").asString()).isEqualTo("paint");
      check(Json.parse(call.path("arguments").asString()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, -100})
  void besideAFormForTheAnswerToolsCanStillBeCalled(int bias) {
    JsonNode choice =
        TestServer.json(
                post(
                    4,
                    TOOLS
                        + format(SCHEMA)
                        + ",\"max_tokens\":160"
                        + bias("<｜tool▁calls▁begin｜>", bias)),
                200)
            .at("/choices/0");
    if (bias > 0) {
      assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    } else {
      check(Json.parse(choice.at("/message/content").asString()));
    }
  }

  @Test
  void aStrictSchemaThatNoGrammarKeepsIsRefused() {
    String tools =
        ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"not\":{\"type\":\"string\"}}},\"required\":[\"a\"],\"additionalProperties\":false}}}]";
    assertThat(TestServer.json(post(1, tools), 400).at("/error/message").asString())
        .contains("tools")
        .contains("not");
  }
}
