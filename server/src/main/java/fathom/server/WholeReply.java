package fathom.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A JSON answer that is sent when it is complete. While the client waits it gets empty lines,
/// which JSON parsers skip; so proxies keep the connection, and a client that has gone away is
/// noticed.
abstract class WholeReply implements ReplySink {
  private static final byte[] LINE = {'\n'};

  private final Exchange exchange;
  private @Nullable OutputStream out;

  WholeReply(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public void waiting() {
    try {
      OutputStream begun = out;
      if (begun == null) {
        begun = exchange.stream("application/json");
        out = begun;
      }
      begun.write(LINE);
      begun.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("client went away", e);
    }
  }

  /// Sends the answer, after whatever empty lines there were.
  void send(JsonNode body) {
    OutputStream begun = out;
    if (begun == null) {
      exchange.json(200, body);
      return;
    }
    try (begun) {
      begun.write(Json.bytes(body));
    } catch (IOException e) {
      throw new UncheckedIOException("client went away", e);
    }
  }

  /// Tells of a failure after empty lines have been sent, when the status can't be changed any
  /// more.
  ///
  /// @return whether that was needed
  @Override
  public boolean fail(ApiException error) {
    if (out == null) {
      return false;
    }
    send(exchange.errorBody(error));
    return true;
  }
}
