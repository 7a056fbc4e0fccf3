package fathom.server;

import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// One JSON line per request: who, what, how long, how many tokens. Never a prompt, an answer, a
/// key, a query string or a body.
final class AccessLog {
  private static final int LONGEST_PATH = 200;

  private final Consumer<String> sink;
  private final Clock clock;

  AccessLog(Consumer<String> sink, Clock clock) {
    this.sink = sink;
    this.clock = clock;
  }

  /// Writes the line of a finished exchange.
  void write(Exchange exchange, int status, Duration took) {
    String path = exchange.path();
    ObjectNode line =
        Json.object()
            .put("time", clock.instant().toString())
            .put("request", exchange.id())
            .put("method", exchange.method())
            .put("path", path.length() > LONGEST_PATH ? path.substring(0, LONGEST_PATH) : path)
            .put("status", status)
            .put("millis", took.toMillis())
            .put("caller", exchange.callerId());
    exchange
        .outcome()
        .ifPresent(
            outcome ->
                line.put("prompt_tokens", outcome.usage().promptTokens())
                    .put("cache_hit_tokens", outcome.usage().cacheHitTokens())
                    .put("completion_tokens", outcome.usage().completionTokens())
                    .put("first_token_millis", outcome.firstToken().toMillis())
                    .put("finish", outcome.finish()));
    sink.accept(Json.text(line));
  }
}
