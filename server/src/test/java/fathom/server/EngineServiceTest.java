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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
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

  /// Streams from 64 clients at once, a quarter of which hang up in the middle;
  /// `-Dfathom.soak.seconds=300` is the full form.
  @Test
  @Tag("long")
  void servesSixtyFourClientsForALongTime() throws Exception {
    long seconds = Long.parseLong(System.getProperty("fathom.soak.seconds", "60"));
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    ConcurrentLinkedQueue<Long> gaps = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      Random random = new Random(9000 + i);
      clients.add(Thread.ofVirtual().start(() -> stream(random, end, gaps, failures)));
    }
    Thread.sleep(seconds * 300);
    long warm = usedMemory();
    for (Thread client : clients) {
      client.join();
    }
    long after = usedMemory();
    long[] sorted = gaps.stream().mapToLong(Long::longValue).sorted().toArray();
    long median = sorted[sorted.length / 2];
    long p99 = sorted[(int) (sorted.length * 0.99)];
    System.getLogger("soak")
        .log(
            System.Logger.Level.INFO,
            "gaps "
                + sorted.length
                + ", median "
                + median / 1000
                + " us, p99 "
                + p99 / 1000
                + " us, heap "
                + warm
                + " -> "
                + after);
    assertThat(failures).isEmpty();
    assertThat(p99).isLessThan(5 * median);
    assertThat(after).isLessThan(warm + (64L << 20));
  }

  private static void stream(
      Random random,
      long end,
      ConcurrentLinkedQueue<Long> gaps,
      ConcurrentLinkedQueue<String> failures) {
    while (System.nanoTime() < end) {
      String body =
          body(
              "Compute " + random.nextInt(1000) + " + " + random.nextInt(1000), ",\"stream\":true");
      HttpRequest request =
          HttpRequest.newBuilder(server.address().resolve("/chat/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      boolean hangsUp = random.nextInt(4) == 0;
      try {
        HttpResponse<java.util.stream.Stream<String>> response =
            CLIENT.send(request, HttpResponse.BodyHandlers.ofLines());
        if (response.statusCode() != 200) {
          failures.add("status " + response.statusCode());
        }
        try (var lines = response.body()) {
          long last = 0;
          int count = 0;
          for (String line : (Iterable<String>) lines::iterator) {
            if (!line.startsWith("data: {")) {
              continue;
            }
            long now = System.nanoTime();
            if (last != 0 && gaps.size() < 2_000_000) {
              gaps.add(now - last);
            }
            last = now;
            if (hangsUp && ++count == 5) {
              break;
            }
          }
        }
      } catch (java.io.IOException | java.io.UncheckedIOException e) {
        if (!hangsUp) {
          failures.add(String.valueOf(e.getMessage()));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static long usedMemory() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
