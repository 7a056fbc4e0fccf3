package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class DeepSeekErrorsTest {
  @TempDir private static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            folder.resolve("a"),
            _ -> "Hello.",
            "limits.body-bytes",
            "20000",
            "limits.prompt-tokens",
            "2000");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode refused(String body, int status) {
    return TestServer.json(server.post("/chat/completions", body), status).path("error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | model | {'messages':[{'role':'user','content':'hi'}]}",
        "400 | model | {'model':'gpt-9','messages':[{'role':'user','content':'hi'}]}",
        "400 | messages | {'model':'tiny'}",
        "400 | messages | {'model':'tiny','messages':[]}",
        "400 | messages | {'model':'tiny','messages':'hi'}",
        "400 | messages[0] | {'model':'tiny','messages':['hi']}",
        "400 | messages[0].role | {'model':'tiny','messages':[{'role':'king','content':'hi'}]}",
        "400 | messages[0].content | {'model':'tiny','messages':[{'role':'user'}]}",
        "400 | messages[0].content | {'model':'tiny','messages':[{'role':'user','content':7}]}",
        "400 | messages[0].content[0].type | {'model':'tiny','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}}]}]}",
        "400 | messages | {'model':'tiny','messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]}",
        "422 | temperature | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'temperature':2.1}",
        "400 | temperature | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'temperature':'warm'}",
        "422 | top_p | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'top_p':0}",
        "422 | max_tokens | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'max_tokens':0}",
        "422 | frequency_penalty | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'frequency_penalty':3}",
        "422 | top_logprobs | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'logprobs':true,'top_logprobs':21}",
        "400 | top_logprobs | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'top_logprobs':2}",
        "422 | n | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'n':100}",
        "422 | stop | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'stop':['']}",
        "422 | user_id | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'user_id':'../x'}",
        "422 | reasoning_effort | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'reasoning_effort':'heroic'}",
        "400 | messages | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'response_format':{'type':'json_object'}}",
        "422 | response_format.type | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'response_format':{'type':'xml'}}",
        "400 | tool_choice | {'model':'tiny','messages':[{'role':'user','content':'hi'}],'tool_choice':'required'}",
        "400 | messages[1].reasoning_content | {'model':'tiny','messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b','reasoning_content':'c'},{'role':'user','content':'d'}]}",
        "400 | logprobs | {'model':'deepseek-reasoner','messages':[{'role':'user','content':'hi'}],'logprobs':true}",
      })
  void namesTheFieldAtFault(int status, String param, String body) {
    JsonNode error = refused(body.replace('\'', '"'), status);
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asString()).isNotBlank();
    assertThat(error.has("code")).isTrue();
  }

  @Test
  void refusesBrokenJsonWithItsPlace() {
    assertThat(refused("{\"model\":", 400).path("message").asString()).contains("line 1");
  }

  @Test
  void refusesBodiesAbovetheLimit() {
    assertThat(refused("{\"model\":\"" + "x".repeat(30_000) + "\"}", 413).path("type").asString())
        .isEqualTo("request_too_large");
  }

  @Test
  void refusesPromptsAboveTheLimit() {
    String text = "words and more words ".repeat(900);
    String message =
        refused(
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\""
                    + text
                    + "\"}]}",
                400)
            .path("message")
            .asString();
    assertThat(message).contains("maximum context length").contains("4096");
  }

  @Test
  void refusesOtherPathsAndMethods() {
    assertThat(server.get("/nowhere").statusCode()).isEqualTo(404);
    assertThat(server.get("/chat/completions").statusCode()).isEqualTo(405);
    assertThat(TestServer.json(server.get("/nowhere"), 404).at("/error/type").asString())
        .isEqualTo("not_found_error");
  }

  @Test
  void refusesPagesOfOtherOriginsAndForeignHosts() {
    HttpRequest.Builder foreign =
        server
            .request("/chat/completions")
            .header("Origin", "https://evil.example")
            .POST(HttpRequest.BodyPublishers.ofString("{}"));
    assertThat(server.send(foreign).statusCode()).isEqualTo(403);
    HttpRequest.Builder same =
        server
            .request("/models")
            .header("Origin", "http://127.0.0.1:" + server.server().port())
            .GET();
    assertThat(server.send(same).statusCode()).isEqualTo(200);
  }

  @Test
  void wantsAKeyWhereKeysAreNeeded() {
    try (TestServer keyed =
        TestServer.start(folder.resolve("b"), _ -> "Hello.", "access.keys", "true")) {
      HttpResponse<String> none = keyed.get("/models");
      assertThat(TestServer.json(none, 401).at("/error/type").asString())
          .isEqualTo("authentication_error");
      assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
      assertThat(keyed.as("sk-wrong").get("/models").statusCode()).isEqualTo(401);
      String key = keyed.server().accounts().create("ann", BigDecimal.TEN).key();
      assertThat(keyed.as(key).get("/models").statusCode()).isEqualTo(200);
      assertThat(keyed.log().toString()).doesNotContain(key);
    }
  }

  @Test
  void chargesAndStopsAtAnEmptyBalance() {
    try (TestServer keyed =
        TestServer.start(
            folder.resolve("c"), _ -> "Hello.", "access.keys", "true", "price.output", "100000")) {
      AccountKey account = new AccountKey(keyed, "0.15");
      keyed.as(account.key());
      String body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
      assertThat(keyed.post("/chat/completions", body).statusCode()).isEqualTo(200);
      assertThat(
              TestServer.json(keyed.post("/chat/completions", body), 402)
                  .at("/error/message")
                  .asString())
          .isEqualTo("Insufficient Balance");
      JsonNode balance = TestServer.json(keyed.get("/user/balance"), 200);
      assertThat(balance.path("is_available").asBoolean()).isFalse();
      assertThat(new BigDecimal(balance.at("/balance_infos/0/total_balance").asString()))
          .isNegative();
    }
  }

  private record AccountKey(String key) {
    AccountKey(TestServer server, String balance) {
      this(server.server().accounts().create("ann", new BigDecimal(balance)).key());
    }
  }

  @Test
  void turnsAwayWhoHasTooManyRequestsRunning() throws Exception {
    ScriptedReplies slow =
        new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), _ -> "Hello.")
            .pacing(Duration.ofMillis(700), Duration.ZERO);
    try (TestServer busy = TestServer.start(slow, folder.resolve("d"), "limits.concurrency", "1")) {
      String body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
      CompletableFuture<HttpResponse<String>> first =
          CompletableFuture.supplyAsync(() -> busy.post("/chat/completions", body));
      while (slow.running() == 0) {
        Thread.sleep(5);
      }
      HttpResponse<String> second = busy.post("/chat/completions", body);
      assertThat(TestServer.json(second, 429).at("/error/type").asString())
          .isEqualTo("rate_limit_error");
      assertThat(second.headers().firstValue("Retry-After")).isPresent();
      assertThat(first.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void givesUpWaitingForTheEngine() {
    ScriptedReplies stuck =
        new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), _ -> "Hello.")
            .pacing(Duration.ofSeconds(30), Duration.ZERO);
    try (TestServer busy =
        TestServer.start(
            stuck,
            folder.resolve("e"),
            "limits.waiting",
            "PT0.3S",
            "limits.keep-alive",
            "PT0.1S")) {
      String body =
          "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}";
      String streamed = busy.post("/chat/completions", body).body();
      assertThat(streamed).startsWith(": keep-alive").contains("service_unavailable_error");
    }
  }

  @Test
  void keepsTheConnectionOfAPlainRequestWithEmptyLines() {
    ScriptedReplies slow =
        new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), _ -> "Hello.")
            .pacing(Duration.ofMillis(400), Duration.ZERO);
    try (TestServer busy =
        TestServer.start(slow, folder.resolve("f"), "limits.keep-alive", "PT0.1S")) {
      String body =
          "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"thinking\":{\"type\":\"disabled\"}}";
      HttpResponse<String> answer = busy.post("/chat/completions", body);
      assertThat(answer.body()).startsWith("\n");
      assertThat(TestServer.json(answer, 200).at("/choices/0/message/content").asString())
          .isEqualTo("Hello.");
    }
  }

  @Test
  void needsTheReasoningBackWhereTheTemplateKeepsIt() {
    try (TestServer keeping =
        TestServer.start("qwen3", folder.resolve("g"), _ -> "</think>Hello.")) {
      String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
      String call =
          "\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]";
      String turns =
          "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",%s\"content\":\"\","
              + call
              + "},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"x\"}]"
              + tools
              + "}";
      JsonNode error =
          TestServer.json(keeping.post("/chat/completions", turns.formatted("")), 400)
              .path("error");
      assertThat(error.path("param").asString()).isEqualTo("messages[1].reasoning_content");
      assertThat(
              keeping
                  .post("/chat/completions", turns.formatted("\"reasoning_content\":\"hm\","))
                  .statusCode())
          .isEqualTo(200);
    }
  }
}
