package fathom.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import fathom.evaluation.OpenAiAnswerer.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a small real HTTP server.
class OpenAiAnswererTest {
  private static final String ANSWER =
      """
      {"choices":[{"message":{"role":"assistant","content":"The answer is 4.","reasoning_content":"2+2=4"},"finish_reason":"stop"}],"usage":{"completion_tokens":9}}
      """;
  private static final Prompt PROMPT = new Prompt("What is 2 + 2?", 0.6, 0.95, 100, 3);

  private final Deque<Map.Entry<Integer, String>> replies = new ArrayDeque<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          requests.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          Map.Entry<Integer, String> reply = replies.size() > 1 ? replies.poll() : replies.peek();
          byte[] body = reply.getValue().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(reply.getKey(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Response ask() {
    URI base = URI.create("http://localhost:%d/v1".formatted(server.getAddress().getPort()));
    try (OpenAiAnswerer answerer =
        new OpenAiAnswerer(
            new Endpoint(base, "m", "secret", Duration.ofSeconds(5), 2, Duration.ofMillis(5)))) {
      return answerer.answer(PROMPT).join();
    }
  }

  @Test
  void readsReasoningContentAndUsage() {
    replies.add(Map.entry(200, ANSWER));
    assertThat(ask()).isEqualTo(new Response("2+2=4", "The answer is 4.", true, "stop", 9));
    assertThat(requests.getFirst())
        .contains("\"temperature\":0.6")
        .contains("\"seed\":3")
        .contains("What is 2 + 2?");
    assertThat(keys).containsExactly("Bearer secret");
  }

  @Test
  void splitsAThinkingBlockInTheContent() {
    replies.add(
        Map.entry(200, "{\"choices\":[{\"message\":{\"content\":\"<think>a</think>b\"}}]}"));
    assertThat(ask()).isEqualTo(new Response("a", "b", true, "stop", 0));
  }

  @Test
  void triesAgainAfterOverloadAndServerErrors() {
    replies.add(Map.entry(429, "slow down"));
    replies.add(Map.entry(503, "busy"));
    replies.add(Map.entry(200, ANSWER));
    assertThat(ask().content()).isEqualTo("The answer is 4.");
    assertThat(requests).hasSize(3);
  }

  @Test
  void givesUpAfterTheRetries() {
    replies.add(Map.entry(500, "broken"));
    assertThatThrownBy(this::ask)
        .hasCauseInstanceOf(AnswerException.class)
        .hasMessageContaining("status 500")
        .hasMessageContaining("broken");
    assertThat(requests).hasSize(3);
  }

  @Test
  void doesNotRepeatARefusedRequest() {
    replies.add(Map.entry(400, "no such model"));
    assertThatThrownBy(this::ask)
        .hasMessageContaining("status 400")
        .hasMessageContaining("no such model");
    assertThat(requests).hasSize(1);
  }

  @Test
  void tellsWhatItFoundInsteadOfACompletion() {
    replies.add(Map.entry(200, "<html>hello"));
    assertThatThrownBy(this::ask)
        .hasCauseInstanceOf(AnswerException.class)
        .hasMessageContaining("<html>");
    replies.clear();
    replies.add(Map.entry(200, "{\"choices\":[]}"));
    assertThatThrownBy(this::ask)
        .hasCauseInstanceOf(AnswerException.class)
        .hasMessageContaining("choices");
  }

  @Test
  void refusesAnAddressThatIsNotHttp() {
    assertThatThrownBy(() -> Endpoint.of(URI.create("ftp://x"), "m", ""))
        .isInstanceOf(EvaluationException.class);
    assertThat(Endpoint.of(URI.create("http://x"), "m", "secret").toString())
        .doesNotContain("secret");
  }
}
