package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What happens when clients hang up, and that watching them disturbs nobody who stays.
class ClientGoneTest {
  @TempDir private Path folder;
  private final ScriptedReplies slow =
      new ScriptedReplies(TestServer.tokenizer("deepseek-v3.1"), _ -> "word ".repeat(2000))
          .pacing(Duration.ZERO, Duration.ofMillis(5));
  private TestServer server;

  @BeforeEach
  void start() {
    // Nothing is written to a plain request's client for a minute, so only watching can tell.
    server = TestServer.start(slow, folder, "limits.keep-alive", "PT60S");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] request(String path, String fields) {
    String body =
        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" + fields + "}";
    return ("POST "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private void awaitRunning() throws InterruptedException {
    while (slow.running() == 0) {
      Thread.sleep(1);
    }
  }

  /// Milliseconds until the engine has been told and has stopped, at most 20,000.
  private long millisToCancellation() throws InterruptedException {
    long begun = System.nanoTime();
    while ((slow.cancelled() == 0 || slow.running() > 0)
        && System.nanoTime() - begun < 20_000_000_000L) {
      Thread.sleep(1);
    }
    return (System.nanoTime() - begun) / 1_000_000;
  }

  @ParameterizedTest
  @CsvSource({
    "/chat/completions, false",
    "/chat/completions, true",
    "/v1/messages, false",
    "/v1/messages, true",
    "/api/chat, false",
    "/api/chat, true"
  })
  void theAnswerIsCancelledWithinAStep(String path, boolean streams) throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request(path, ",\"max_tokens\":4000,\"stream\":" + streams));
      awaitRunning();
    }
    // A step of the script takes 5 ms; the rest is for a machine that has much else to do.
    assertThat(millisToCancellation()).isLessThan(1500);
    assertThat(slow.running()).isZero();
  }

  @Test
  void closingOnlyTheSendingSideCountsAsGone() throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request("/chat/completions", ""));
      awaitRunning();
      socket.shutdownOutput();
      assertThat(millisToCancellation()).isLessThan(1500);
    }
  }

  @Test
  void whatWasWrittenUntilThenIsLogged() throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request("/chat/completions", ""));
      awaitRunning();
    }
    assertThat(server.awaitLog()).contains("\"status\":499").contains("cancelled");
  }

  @Test
  void aConnectionServesOneRequestAfterTheOther() throws Exception {
    try (Socket socket = connect();
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (int i = 0; i < 3; i++) {
        socket.getOutputStream().write(request("/chat/completions", ",\"max_tokens\":3"));
        assertThat(answer(in)).contains("\"finish_reason\":\"length\"");
      }
    }
    assertThat(slow.cancelled()).isZero();
  }

  @Test
  void requestsThatCameAheadAreAnsweredInTheirOrder() throws Exception {
    try (Socket socket = connect();
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      socket.getOutputStream().write(request("/chat/completions", ",\"max_tokens\":40"));
      awaitRunning();
      socket.getOutputStream().write(request("/chat/completions", ",\"max_tokens\":2"));
      assertThat(answer(in)).contains("\"completion_tokens\":40");
      assertThat(answer(in)).contains("\"completion_tokens\":2");
    }
  }

  /// One answer with a known length.
  private static String answer(BufferedReader in) throws IOException {
    int length = 0;
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    char[] body = new char[length];
    for (int read = 0; read < length; ) {
      read += in.read(body, read, length - read);
    }
    return new String(body);
  }
}
