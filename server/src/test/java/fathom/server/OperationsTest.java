package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class OperationsTest {
  private static final String BODY =
      "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"my secret question\"}]}";

  @TempDir private Path folder;

  @Test
  void publishesMetricsThatPrometheusReads() {
    try (TestServer server = TestServer.start(folder, _ -> "Hm.</think>Fine indeed.")) {
      server.post("/chat/completions", BODY);
      String metrics = server.get("/metrics").body();
      assertThat(metrics)
          .contains("fathom_time_to_first_token_seconds_bucket")
          .contains("fathom_tokens_per_second")
          .contains("fathom_prompt_tokens_total{cache=\"miss\"}")
          .contains("fathom_completion_tokens_total{kind=\"reasoning\"}")
          .contains("fathom_queue")
          .contains("fathom_batch_size")
          .contains("fathom_cache_blocks_free")
          .contains("jvm_memory_used_bytes")
          .contains(
              "fathom_http_requests_seconds_count{route=\"/chat/completions\",status=\"200\"} 1");
    }
  }

  @Test
  void logsWhatHappenedButNeverWhatWasSaid() {
    try (TestServer server = TestServer.start(folder, _ -> "Hm.</think>my secret answer")) {
      server.post("/chat/completions?token=hush", BODY);
      JsonNode line = Json.parse(server.awaitLog());
      assertThat(line.path("path").asString()).isEqualTo("/chat/completions");
      assertThat(line.path("status").asInt()).isEqualTo(200);
      assertThat(line.path("caller").asString()).isEqualTo("local");
      assertThat(line.path("prompt_tokens").asInt()).isPositive();
      assertThat(line.path("finish").asString()).isEqualTo("stop");
      assertThat(server.log().toString()).doesNotContain("secret").doesNotContain("hush");
    }
  }

  @Test
  void tellsItsHealthToEverybody() {
    try (TestServer server = TestServer.start(folder, _ -> "x", "access.keys", "true")) {
      assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
      assertThat(server.get("/health/ready").statusCode()).isEqualTo(200);
      assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void countsTokens() {
    try (TestServer server = TestServer.start(folder, _ -> "x")) {
      JsonNode plain = TestServer.json(server.post("/tokenize", "{\"text\":\"hello\"}"), 200);
      JsonNode chat = TestServer.json(server.post("/v1/tokenize", BODY), 200);
      assertThat(plain.path("tokens").size()).isEqualTo(plain.path("count").asInt()).isPositive();
      assertThat(chat.path("count").asInt()).isGreaterThan(plain.path("count").asInt());
    }
  }

  @Test
  void finishesRunningAnswersBeforeItStops() throws Exception {
    ScriptedReplies slow =
        new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), _ -> "Hm.</think>Fine.")
            .pacing(Duration.ofMillis(500), Duration.ZERO);
    TestServer server = TestServer.start(slow, folder, "access.drain", "PT10S");
    CompletableFuture<HttpResponse<String>> running =
        CompletableFuture.supplyAsync(() -> server.post("/chat/completions", BODY));
    while (slow.running() == 0) {
      Thread.sleep(5);
    }
    CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server()::close);
    Thread.sleep(100);
    assertThat(server.post("/chat/completions", BODY).statusCode()).isEqualTo(503);
    assertThat(server.get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(TestServer.json(running.get(), 200).at("/choices/0/message/content").asString())
        .isEqualTo("Fine.");
    closing.get();
  }

  @Test
  void speaksTlsWithAPkcs12File() throws Exception {
    KeyStore keys = keystore(folder.resolve("server.p12"));
    checkTls(
        keys, "tls.keystore", folder.resolve("server.p12").toString(), "tls.password", "changeit");
  }

  @Test
  void speaksTlsWithPemFiles() throws Exception {
    KeyStore keys = keystore(folder.resolve("server.p12"));
    Path certificate = folder.resolve("server.pem");
    Path key = folder.resolve("server.key");
    Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("server").getEncoded()));
    Files.writeString(
        key, pem("PRIVATE KEY", keys.getKey("server", "changeit".toCharArray()).getEncoded()));
    checkTls(keys, "tls.certificate", certificate.toString(), "tls.key", key.toString());
  }

  @Test
  void namesTheCertificateItCantRead() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.p12"), "no certificate");
    assertThatThrownBy(
            () ->
                TestServer.start(
                    folder, _ -> "x", "tls.keystore", broken.toString(), "tls.password", "x"))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("broken.p12");
  }

  private void checkTls(KeyStore keys, String... settings) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (TestServer server = TestServer.start(folder.resolve("data"), _ -> "x", settings);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      URI address = server.at("/health");
      assertThat(address.getScheme()).isEqualTo("https");
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
    }
  }

  private static KeyStore keystore(Path file) throws Exception {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                "changeit",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-validity",
                "2")
            .redirectErrorStream(true)
            .start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, "changeit".toCharArray());
    }
    store.setCertificateEntry("trusted", store.getCertificate("server"));
    return store;
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(bytes)
        + "\n-----END "
        + kind
        + "-----\n";
  }
}
