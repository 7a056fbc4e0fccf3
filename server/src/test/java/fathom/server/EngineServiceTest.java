package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The whole service on the real engine with a model that can really add.
class EngineServiceTest {
  @TempDir private static Path folder;
  private static EngineServer adder;
  private static ApiServer server;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    adder = EngineServer.adder();
    server =
        ApiServer.start(
            ServerConfig.of(
                Map.of("port", "0", "data-folder", folder.toString(), "limits.concurrency", "200")),
            "adder",
            adder.source(),
            _ -> {});
  }

  @AfterAll
  static void stop() {
    server.close();
    adder.close();
  }

  private static HttpResponse<String> post(String path, String body) {
    URI uri = server.address().resolve(path);
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join();
  }

  private static String body(String question, String rest) {
    return "{\"model\":\"adder\",\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\""
        + question
        + "\"}]"
        + rest
        + "}";
  }

  private static List<JsonNode> cases(int count) throws Exception {
    Path file = Path.of(System.getProperty("fathom.fixtures"), "models", "adder-v3", "cases.jsonl");
    return Files.readAllLines(file).stream().limit(count).map(Json::parse).toList();
  }

  @Test
  void answersAsTheReferenceDoes() throws Exception {
    for (JsonNode expected : cases(5)) {
      JsonNode answer =
          TestServer.json(
              post("/chat/completions", body(expected.path("question").asString(), "")), 200);
      JsonNode message = answer.at("/choices/0/message");
      String[] parts = expected.path("greedy_text").asString().split("</think>", 2);
      assertThat(message.path("reasoning_content").asString().strip()).isEqualTo(parts[0].strip());
      assertThat(message.path("content").asString().strip())
          .isEqualTo(parts[1].replace("<｜end▁of▁sentence｜>", "").strip());
      assertThat(answer.at("/usage/prompt_tokens").asInt())
          .isEqualTo(expected.path("prompt_ids").size());
      assertThat(answer.at("/usage/completion_tokens").asInt())
          .isEqualTo(expected.path("greedy_ids").size());
      assertThat(answer.at("/usage/completion_tokens_details/reasoning_tokens").asInt())
          .isPositive();
      assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
    }
  }

  @Test
  void answersManyAtOnceAsItAnswersOne() throws Exception {
    List<JsonNode> cases = cases(16);
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (JsonNode expected : cases) {
      answers.add(
          CompletableFuture.supplyAsync(
              () ->
                  post(
                      "/v1/chat/completions",
                      body(expected.path("question").asString(), ",\"stream\":true")),
              task -> Thread.ofVirtual().start(task)));
    }
    for (int i = 0; i < cases.size(); i++) {
      StringBuilder content = new StringBuilder();
      TestServer.events(answers.get(i).join())
          .forEach(c -> content.append(c.at("/choices/0/delta/content").asString("")));
      assertThat(cases.get(i).path("greedy_text").asString()).contains(content.toString().strip());
      assertThat(content.toString().strip()).isNotEmpty();
    }
  }

  @Test
  void reportsProbabilitiesThatAreSome() {
    JsonNode answer =
        TestServer.json(
            post(
                "/chat/completions",
                body("Compute 750 + 4", ",\"logprobs\":true,\"top_logprobs\":3")),
            200);
    JsonNode log = answer.at("/choices/0/logprobs/content");
    assertThat(log.size()).isPositive();
    log.forEach(
        token -> {
          assertThat(token.path("logprob").asDouble()).isBetween(-1.0, 0.0);
          assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.path("token"));
        });
  }

  @Test
  void repeatsItselfUnderASeed() {
    String body =
        "{\"model\":\"adder\",\"temperature\":2,\"seed\":7,\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Compute 1 + 1\"}]}";
    JsonNode first = TestServer.json(post("/chat/completions", body), 200).at("/choices/0/message");
    JsonNode second =
        TestServer.json(post("/chat/completions", body), 200).at("/choices/0/message");
    assertThat(second).isEqualTo(first);
  }

  @Test
  void saysWhenThePromptIsTooLong() {
    assertThat(
            TestServer.json(post("/chat/completions", body("1 + 1 ".repeat(400), "")), 400)
                .at("/error/message")
                .asString())
        .contains("512");
  }
}
