package fathom.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/// Answers what never becomes a request (broken request lines, oversized headers) with the same
/// JSON errors as everything else.
final class ProtocolErrors implements DirectHandler {
  private ProtocolErrors() {}

  /// This handler for every kind of event.
  static DirectHandlers all() {
    DirectHandlers.Builder builder = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      builder.addHandler(type, new ProtocolErrors());
    }
    return builder.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiException error =
        switch (status.code()) {
          case 404 -> ApiException.notFound("Not Found: nothing lies at this path");
          case 413 -> ApiException.format(null, "Invalid Format: the request is too large");
          case 500 -> ApiException.internal();
          case 503 -> ApiException.overloaded("Server Overloaded");
          default ->
              ApiException.format(
                  null, "Invalid Format: this is no HTTP request that the server understands");
        };
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .entity(Json.bytes(ErrorFormat.DEEPSEEK.body(error)))
        .keepAlive(false)
        .build();
  }
}
