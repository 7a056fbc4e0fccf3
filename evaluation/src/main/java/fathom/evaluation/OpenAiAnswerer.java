package fathom.evaluation;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// Asks any address that speaks OpenAI's `POST /chat/completions`: Fathom's own server, DeepSeek's,
/// llama.cpp's, vLLM's. Overload (429), server errors and broken connections are tried again with
/// doubling pauses; other refusals are not.
public final class OpenAiAnswerer implements Answerer, AutoCloseable {
  private static final int LARGEST_BODY = 16 << 20;

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
  private final ObjectMapper json = new ObjectMapper();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Endpoint endpoint;
  private final URI address;

  /// Where and how to ask.
  ///
  /// @param base for example `http://localhost:8080/v1`
  /// @param model the model's name there
  /// @param apiKey sent as a bearer token, empty for none
  /// @param timeout for one answer
  /// @param retries how often a failed request is sent again
  /// @param firstPause before the first retry; doubles each time
  public record Endpoint(
      URI base, String model, String apiKey, Duration timeout, int retries, Duration firstPause) {
    /// Checks the address and the retries.
    ///
    /// @throws EvaluationException if the address is not http or https, or retries are negative
    public Endpoint {
      if (!"http".equals(base.getScheme()) && !"https".equals(base.getScheme())) {
        throw new EvaluationException("url: expected http or https, found " + base);
      }
      if (retries < 0) {
        throw new EvaluationException("retries: expected at least 0, found " + retries);
      }
    }

    /// Ten minutes an answer, five retries from half a second.
    public static Endpoint of(URI base, String model, String apiKey) {
      return new Endpoint(base, model, apiKey, Duration.ofMinutes(10), 5, Duration.ofMillis(500));
    }

    @Override
    public String toString() {
      return base + " (" + model + ")"; // never the key
    }
  }

  /// Creates the client.
  public OpenAiAnswerer(Endpoint endpoint) {
    this.endpoint = endpoint;
    String base = endpoint.base().toString();
    String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    this.address =
        URI.create(root.endsWith("/chat/completions") ? root : root + "/chat/completions");
  }

  @Override
  public CompletableFuture<Response> answer(Prompt prompt) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(endpoint.timeout())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body(prompt)));
    if (!endpoint.apiKey().isEmpty()) {
      request.header("Authorization", "Bearer " + endpoint.apiKey());
    }
    HttpRequest built = request.build();
    return CompletableFuture.supplyAsync(() -> attempts(built), threads);
  }

  private String body(Prompt prompt) {
    ObjectNode node = json.createObjectNode();
    node.put("model", endpoint.model()).put("stream", false);
    node.putArray("messages").addObject().put("role", "user").put("content", prompt.question());
    node.put("temperature", prompt.temperature()).put("top_p", prompt.topP());
    node.put("max_tokens", prompt.maxTokens()).put("seed", prompt.seed());
    return node.toString();
  }

  private Response attempts(HttpRequest request) {
    for (int retry = 0; ; retry++) {
      boolean last = retry >= endpoint.retries();
      try {
        HttpResponse<String> response = send(request);
        boolean overloaded = response.statusCode() == 429 || response.statusCode() >= 500;
        if (response.statusCode() == 200) {
          return parsed(response.body());
        }
        if (last || !overloaded) {
          throw new AnswerException(
              "%s: status %d after %d retries: %s"
                  .formatted(address, response.statusCode(), retry, clipped(response.body())));
        }
        Thread.sleep(endpoint.firstPause().toMillis() << Math.min(retry, 10));
      } catch (IOException e) {
        if (last) {
          throw new AnswerException("%s: %s, after %d retries".formatted(address, e, retry), e);
        }
        LockSupport.parkNanos(endpoint.firstPause().toNanos() << Math.min(retry, 10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AnswerException(address + ": interrupted", e);
      }
    }
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(
        request,
        _ ->
            HttpResponse.BodySubscribers.limiting(
                HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8), LARGEST_BODY));
  }

  private Response parsed(String body) {
    try {
      JsonNode root = json.readTree(body);
      JsonNode choice = root.required("choices").required(0);
      JsonNode message = choice.required("message");
      String content = message.path("content").asString("");
      String reasoning = message.path("reasoning_content").asString("");
      String finish = choice.path("finish_reason").asString("stop");
      int tokens = root.path("usage").path("completion_tokens").asInt(0);
      return reasoning.isEmpty()
          ? Response.parse(content, finish, tokens)
          : new Response(reasoning, content.strip(), !content.contains("<think>"), finish, tokens);
    } catch (JacksonException e) {
      throw new AnswerException(
          "%s: expected a chat completion, found %s (%s)"
              .formatted(address, clipped(body), e.getOriginalMessage()),
          e);
    }
  }

  private static String clipped(String body) {
    return body.length() <= 300 ? body : body.substring(0, 300) + " …";
  }

  @Override
  public void close() {
    threads.shutdownNow();
    client.shutdownNow();
  }
}
