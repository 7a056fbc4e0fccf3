package fathom.server;

import org.jspecify.annotations.Nullable;

/// An answer as server-sent events. The stream begins with the first event, so that what goes wrong
/// before is still an ordinary error.
abstract class StreamedReply implements ReplySink {
  private final Exchange exchange;
  private @Nullable SseStream stream;

  StreamedReply(Exchange exchange) {
    this.exchange = exchange;
  }

  /// The stream, begun if it wasn't.
  SseStream stream() {
    SseStream begun = stream;
    if (begun == null) {
      begun = exchange.events();
      stream = begun;
    }
    return begun;
  }

  @Override
  public void waiting() {
    stream().keepAlive();
  }

  void close() {
    stream().close();
  }

  /// Tells of a failure inside the stream that has begun.
  @Override
  public boolean fail(ApiException error) {
    SseStream begun = stream;
    if (begun == null) {
      return false;
    }
    failed(begun, exchange.errorBody(error));
    begun.close();
    return true;
  }

  /// Writes the error in the protocol's form.
  void failed(SseStream begun, tools.jackson.databind.JsonNode error) {
    begun.data(error);
    begun.done();
  }
}
