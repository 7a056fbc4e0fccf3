package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Throws broken and malicious requests at a raw socket. Every one that gets an answer gets a 4xx
/// (or a correct 200), and the server goes on answering.
class HostileRequestsTest {
  private static final String GOOD =
      "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String[] PATHS = {
    "/chat/completions",
    "/v1/chat/completions",
    "/completions",
    "/v1/messages",
    "/api/chat",
    "/api/generate",
    "/tokenize",
    "/app/api/conversations",
    "/app/api/conversations/import",
    "/app/api/session",
    "/v1/messages/count_tokens"
  };

  @TempDir private Path folder;

  @Test
  void survivesAFewHundred() throws Exception {
    attack(300, 20260101);
  }

  @Test
  @Tag("long")
  void survivesTenThousand() throws Exception {
    attack(10_000, 20260102);
  }

  private void attack(int count, long seed) throws Exception {
    Random random = new Random(seed);
    try (TestServer server = TestServer.start(folder, _ -> "</think>Fine.")) {
      for (int i = 0; i < count; i++) {
        byte[] request = request(random);
        int status = send(server.server().port(), request, random.nextInt(8) == 0);
        assertThat(status)
            .as(
                "request %d: %s",
                i,
                new String(request, 0, Math.min(300, request.length), StandardCharsets.ISO_8859_1))
            .matches(
                s -> s == 0 || s == 200 || s == 201 || (s >= 400 && s < 500),
                "a 4xx, or no answer to half a request");
      }
      assertThat(server.post("/chat/completions", GOOD).statusCode()).isEqualTo(200);
      assertThat(TestServer.json(server.get("/health/ready"), 200).path("status").asString())
          .isEqualTo("UP");
    }
  }

  private static byte[] request(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> post(random, mutated(random, GOOD.getBytes(StandardCharsets.UTF_8)));
      case 1 ->
          post(
              random,
              ("{\"messages\":" + "[".repeat(random.nextInt(50_000)))
                  .getBytes(StandardCharsets.UTF_8));
      case 2 -> post(random, noise(random, random.nextInt(3000)));
      case 3 ->
          ("GET " + trick(random) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      case 4 ->
          ("GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: "
                  + "a".repeat(random.nextInt(200_000))
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      case 5 -> noise(random, 1 + random.nextInt(500));
      case 6 -> value(random);
      case 7 ->
          ("GET / HTTP/1.1\r\nHost: evil"
                  + random.nextInt()
                  + ".example\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      case 8 ->
          ("POST /chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                  + lengths(random)
                  + "\r\n\r\n"
                  + GOOD)
              .getBytes(StandardCharsets.UTF_8);
      default ->
          ("POST /chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + Integer.toHexString(random.nextInt())
                  + "\r\n"
                  + GOOD
                  + "\r\n0\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
    };
  }

  private static String lengths(Random random) {
    String[] all = {"-1", "99999999999999999999", "abc", "5", "0", "1e3", "4294967296"};
    return all[random.nextInt(all.length)];
  }

  private static String trick(Random random) {
    String[] all = {
      "/../../etc/passwd",
      "/app/..%2f..%2f..%2fetc/passwd",
      "/app/%00main.js",
      "/app/lib/katex/..\\..\\x.js",
      "//etc/passwd",
      "/app/lib/katex/%252e%252e/x.js",
      "/%ff%fe",
      "/app/api/conversations/%27%20OR%201=1--",
      "/?q=%",
      "/app/api/conversations?before=x",
      "/" + "a/".repeat(random.nextInt(3000)),
      "/app/api/turns/x/events",
      "*",
      "http://evil.example/",
      "/models/%2e%2e"
    };
    return all[random.nextInt(all.length)];
  }

  /// A well-formed request with one absurd value.
  private static byte[] value(Random random) {
    String[] values = {
      "null",
      "true",
      "-1",
      "1e309",
      "1e-400",
      "\"\"",
      "[]",
      "{}",
      "[null]",
      "\"\\u0000\"",
      "\"\uD83D\uDC33\"",
      "9223372036854775808",
      "[[[[]]]]",
      "{\"type\":\"function\"}",
      "\"" + "x".repeat(5000) + "\""
    };
    String[] fields = {
      "temperature",
      "top_p",
      "max_tokens",
      "n",
      "stop",
      "tools",
      "tool_choice",
      "response_format",
      "stream",
      "stream_options",
      "seed",
      "logit_bias",
      "logprobs",
      "top_logprobs",
      "thinking",
      "user_id",
      "messages",
      "model",
      "system",
      "options",
      "think",
      "format",
      "prompt"
    };
    String field =
        "\""
            + fields[random.nextInt(fields.length)]
            + "\":"
            + values[random.nextInt(values.length)];
    return post(
        random,
        (GOOD.substring(0, GOOD.length() - 1) + ",\"max_tokens\":5," + field + "}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] post(Random random, byte[] body) {
    byte[] head =
        ("POST "
                + PATHS[random.nextInt(PATHS.length)]
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[head.length + body.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return all;
  }

  private static byte[] mutated(Random random, byte[] bytes) {
    byte[] copy = bytes.clone();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    return copy;
  }

  private static byte[] noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /// The status of the answer, 0 if there was none.
  private static int send(int port, byte[] request, boolean halfClose) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(400);
      try {
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
        if (halfClose) {
          socket.shutdownOutput();
        }
        byte[] answer = socket.getInputStream().readNBytes(12);
        String line = new String(answer, StandardCharsets.ISO_8859_1);
        return line.startsWith("HTTP/1.1 ") ? Integer.parseInt(line.substring(9, 12)) : 0;
      } catch (SocketTimeoutException e) {
        return 0;
      } catch (IOException e) {
        // The server closed the connection while the rest was still being sent.
        return 0;
      }
    }
  }
}
