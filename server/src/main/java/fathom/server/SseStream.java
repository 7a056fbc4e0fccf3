package fathom.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// Server-sent events: each one is flushed at once, so a client that has gone away is noticed at
/// the next event.
final class SseStream implements AutoCloseable {
  private final OutputStream out;

  SseStream(OutputStream out) {
    this.out = out;
  }

  /// `data: JSON`.
  void data(JsonNode data) {
    write("data: " + Json.text(data) + "\n\n");
  }

  /// `event: NAME` with `data: JSON`.
  void event(String name, JsonNode data) {
    write("event: " + name + "\ndata: " + Json.text(data) + "\n\n");
  }

  /// `id: NUMBER`, `event: NAME` and `data: JSON`, for streams that can be taken up again.
  void event(long id, String name, JsonNode data) {
    write("id: " + id + "\nevent: " + name + "\ndata: " + Json.text(data) + "\n\n");
  }

  /// `data: [DONE]`, the end of the DeepSeek and OpenAI streams.
  void done() {
    write("data: [DONE]\n\n");
  }

  /// A comment that says only that the connection lives.
  void keepAlive() {
    write(": keep-alive\n\n");
  }

  private void write(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("client went away", e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("client went away", e);
    }
  }
}
