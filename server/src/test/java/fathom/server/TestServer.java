package fathom.server;

import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/// A server on a free port with a scripted engine, and an HTTP client for it.
final class TestServer implements AutoCloseable {
  static final String MODEL = "tiny";

  private final ScriptedReplies source;
  private final ApiServer server;
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private String key = "";

  private TestServer(ScriptedReplies source, Map<String, String> settings) {
    this.source = source;
    this.server = ApiServer.start(ServerConfig.of(settings), MODEL, source, log::add);
  }

  /// A model with the template of this folder of `fixtures/chat-templates`, or of V3.2, which
  /// brings none, and the tiny DeepSeek vocabulary.
  static Tokenizer tokenizer(String template) {
    try {
      Path fixtures = Path.of(System.getProperty("fathom.fixtures"));
      Path folder = Files.createTempDirectory("tokenizer");
      Path tiny = fixtures.resolve("tokenizers/tiny");
      Files.copy(tiny.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
      if (template.equals("deepseek-v3.2")) {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"deepseek_v32\"}");
        Files.writeString(
            folder.resolve("tokenizer_config.json"),
            "{\"bos_token\":\"<｜begin▁of▁sentence｜>\",\"eos_token\":\"<｜end▁of▁sentence｜>\"}");
      } else {
        Files.copy(tiny.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
        Files.copy(
            fixtures.resolve("chat-templates/" + template + "/template.jinja"),
            folder.resolve("chat_template.jinja"));
      }
      return Tokenizer.open(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A server whose model can switch thinking on and off (V3.1).
  static TestServer start(Path data, UnaryOperator<String> script, String... settings) {
    return start("deepseek-v3.1", data, script, settings);
  }

  static TestServer start(
      String template, Path data, UnaryOperator<String> script, String... settings) {
    return start(new ScriptedReplies(tokenizer(template), script), data, settings);
  }

  static TestServer start(ScriptedReplies source, Path data, String... settings) {
    Map<String, String> all =
        new HashMap<>(Map.of("port", "0", "data-folder", data.toString(), "access.drain", "PT1S"));
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    return new TestServer(source, all);
  }

  ScriptedReplies source() {
    return source;
  }

  ApiServer server() {
    return server;
  }

  List<String> log() {
    return List.copyOf(log);
  }

  /// The last line of the log, which is written just after the answer.
  String awaitLog() {
    until(() -> !log.isEmpty());
    return log.getLast();
  }

  /// Waits for what happens soon.
  static void until(BooleanSupplier happened) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!happened.getAsBoolean() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /// Sends this key from now on.
  TestServer as(String newKey) {
    key = newKey;
    return this;
  }

  URI at(String path) {
    return server.address().resolve(path);
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> send(String method, String path, String body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(at(path)).timeout(Duration.ofSeconds(20));
    return key.isEmpty() ? builder : builder.header("Authorization", "Bearer " + key);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  HttpClient client() {
    return client;
  }

  /// The JSON of an answer that must have this status.
  static JsonNode json(HttpResponse<String> response, int status) {
    if (response.statusCode() != status) {
      throw new AssertionError(
          "expected status "
              + status
              + ", found "
              + response.statusCode()
              + ": "
              + response.body());
    }
    return Json.parse(response.body());
  }

  /// The JSON of every `data:` line but the last `[DONE]`.
  static List<JsonNode> events(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: ") && !line.equals("data: [DONE]"))
        .map(line -> Json.parse(line.substring(6)))
        .toList();
  }

  @Override
  public void close() {
    client.shutdownNow();
    server.close();
  }
}
