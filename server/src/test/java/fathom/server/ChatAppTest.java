package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ChatAppTest {
  @TempDir private static Path folder;
  private static TestServer server;

  @BeforeAll
  static void start() {
    ScriptedReplies engine =
        new ScriptedReplies(
                TestServer.tokenizer("deepseek-v3.1"),
                prompt ->
                    prompt.contains("long")
                        ? "</think>" + "word ".repeat(1000)
                        : "Hm.</think>Fine.")
            .pacing(Duration.ZERO, Duration.ofMillis(2));
    server = TestServer.start(engine, folder.resolve("open"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String conversation(TestServer at) {
    return TestServer.json(at.post("/app/api/conversations", "{}"), 201).path("id").asString();
  }

  private static JsonNode begin(TestServer at, String conversation, String body) {
    return TestServer.json(at.post("/app/api/conversations/" + conversation + "/turns", body), 201);
  }

  private static JsonNode shown(String conversation) {
    return TestServer.json(server.get("/app/api/conversations/" + conversation), 200);
  }

  @Test
  void storesQuestionAndAnswerAndNamesTheConversation() {
    String id = conversation(server);
    String turn =
        begin(server, id, "{\"content\":\"How are you?\\nTell me.\"}").path("turn").asString();
    String events = server.get("/app/api/turns/" + turn + "/events").body();
    assertThat(events)
        .contains("event: reasoning")
        .contains("event: thought")
        .contains("event: end");
    JsonNode conversation = shown(id);
    assertThat(conversation.path("title").asString()).isEqualTo("How are you?");
    assertThat(conversation.at("/messages/1/content").asString()).isEqualTo("Fine.");
    assertThat(conversation.at("/messages/1/reasoning").asString()).isEqualTo("Hm.");
    assertThat(conversation.at("/messages/1/details/status").asString()).isEqualTo("done");
    assertThat(conversation.at("/messages/1/details/usage/total_tokens").asInt()).isPositive();
  }

  @Test
  void streamsAgainFromAnyEvent() {
    String id = conversation(server);
    String turn = begin(server, id, "{\"content\":\"hi\"}").path("turn").asString();
    String all = server.get("/app/api/turns/" + turn + "/events").body();
    HttpRequest.Builder later =
        server.request("/app/api/turns/" + turn + "/events").header("Last-Event-ID", "3").GET();
    String rest = server.send(later).body();
    assertThat(rest).startsWith("id: 4\n");
    assertThat(all).endsWith(rest);
  }

  @Test
  void goesOnWithoutAReaderAndStopsWhenTold() throws Exception {
    String id = conversation(server);
    String turn = begin(server, id, "{\"content\":\"long\"}").path("turn").asString();
    Thread.sleep(200);
    assertThat(server.post("/app/api/turns/" + turn + "/stop", "{}").statusCode()).isEqualTo(200);
    JsonNode answer = shown(id).at("/messages/1");
    assertThat(answer.at("/details/status").asString()).isEqualTo("stopped");
    assertThat(answer.path("content").asString()).startsWith("word word");
  }

  @Test
  void refusesATurnWithoutAQuestion() {
    String id = conversation(server);
    String path = "/app/api/conversations/" + id + "/turns";
    assertThat(server.post(path, "{}").statusCode()).isEqualTo(400);
    assertThat(server.post(path, "{\"parent\":\"nobody\",\"content\":\"x\"}").statusCode())
        .isEqualTo(400);
    assertThat(
            server.post("/app/api/conversations/nobody/turns", "{\"content\":\"x\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void exportsAndImportsBothForms() {
    String id = conversation(server);
    String turn = begin(server, id, "{\"content\":\"hi\"}").path("turn").asString();
    server.get("/app/api/turns/" + turn + "/events");
    String json = server.get("/app/api/conversations/" + id + "/export?format=json").body();
    String markdown = server.get("/app/api/conversations/" + id + "/export?format=markdown").body();
    JsonNode fromJson = TestServer.json(server.post("/app/api/conversations/import", json), 201);
    HttpRequest.Builder upload =
        server
            .request("/app/api/conversations/import")
            .header("Content-Type", "text/markdown")
            .POST(HttpRequest.BodyPublishers.ofString(markdown));
    JsonNode fromMarkdown = TestServer.json(server.send(upload), 201);
    for (JsonNode made : List.of(fromJson, fromMarkdown)) {
      JsonNode copy = shown(made.at("/conversations/0/id").asString());
      assertThat(copy.at("/messages/1/content").asString()).isEqualTo("Fine.");
      assertThat(copy.path("id").asString()).isNotEqualTo(id);
    }
    assertThat(TestServer.json(server.get("/app/api/export"), 200).path("conversations").size())
        .isGreaterThan(2);
  }

  @Test
  void keepsUsersApart() {
    try (TestServer keyed =
        TestServer.start(folder.resolve("keyed"), _ -> "</think>Fine.", "access.keys", "true")) {
      String ann = keyed.server().accounts().create("ann", BigDecimal.ONE).key();
      String bob = keyed.server().accounts().create("bob", BigDecimal.ONE).key();
      keyed.as(ann);
      String id = conversation(keyed);
      String turn = begin(keyed, id, "{\"content\":\"secret\"}").path("turn").asString();
      keyed.as(bob);
      assertThat(keyed.get("/app/api/conversations/" + id).statusCode()).isEqualTo(404);
      assertThat(keyed.get("/app/api/conversations/" + id + "/export").statusCode()).isEqualTo(404);
      assertThat(keyed.get("/app/api/turns/" + turn + "/events").statusCode()).isEqualTo(404);
      assertThat(keyed.send("DELETE", "/app/api/conversations/" + id, "").statusCode())
          .isEqualTo(404);
      assertThat(keyed.get("/app/api/conversations").body()).doesNotContain("secret");
      keyed.as(ann);
      assertThat(keyed.get("/app/api/conversations/" + id).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void signsInWithACookieThatScriptsCantRead() {
    try (TestServer keyed =
        TestServer.start(folder.resolve("cookie"), _ -> "</think>Fine.", "access.keys", "true")) {
      String key = keyed.server().accounts().create("ann", BigDecimal.ONE).key();
      assertThat(TestServer.json(keyed.get("/app/api/me"), 200).path("signed_in").asBoolean())
          .isFalse();
      assertThat(keyed.post("/app/api/session", "{\"key\":\"sk-wrong\"}").statusCode())
          .isEqualTo(401);
      HttpResponse<String> signedIn = keyed.post("/app/api/session", "{\"key\":\"" + key + "\"}");
      String cookie = signedIn.headers().firstValue("Set-Cookie").orElseThrow();
      assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict");
      HttpRequest.Builder me =
          keyed
              .request("/app/api/me")
              .header("Cookie", cookie.substring(0, cookie.indexOf(';')))
              .GET();
      assertThat(TestServer.json(keyed.send(me), 200).path("name").asString()).isEqualTo("ann");
    }
  }

  @Test
  void servesThePageWithAStrictPolicy() {
    HttpResponse<String> page = server.get("/");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'")
        .contains("script-src 'self'")
        .doesNotContain("unsafe");
    assertThat(page.body()).contains("/app/main.js");
    for (String path :
        List.of(
            "/app/lib/katex/katex.mjs",
            "/app/lib/marked/marked.esm.js",
            "/app/lib/dompurify/purify.es.mjs",
            "/app/lib/highlightjs/highlight.min.js",
            "/app/lib/katex/fonts/KaTeX_Main-Regular.woff2")) {
      assertThat(server.get(path).statusCode()).as(path).isEqualTo(200);
    }
  }

  @Test
  void servesNothingElseFromItsClassPath() {
    for (String path :
        List.of(
            "/app/..%2f..%2fmodule-info.class",
            "/app/lib/katex/../../../fathom/server/ApiServer.class",
            "/app/lib/katex/%2e%2e/package.json",
            "/app/lib/nothing/x.js",
            "/app/lib/katex/..%2fpackage.js",
            "/app/index.html")) {
      assertThat(server.get(path).statusCode()).as(path).isIn(400, 404);
    }
  }

  @Test
  void sendsAFileOnlyOnce() {
    String tag = server.get("/app/main.js").headers().firstValue("ETag").orElseThrow();
    HttpRequest.Builder again = server.request("/app/main.js").header("If-None-Match", tag).GET();
    assertThat(server.send(again).statusCode()).isEqualTo(304);
  }
}
