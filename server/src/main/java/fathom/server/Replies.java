package fathom.server;

import java.time.Duration;
import java.util.Optional;

/// The answers to one request on their way. Closing cancels what still runs.
public interface Replies extends AutoCloseable {
  /// The next event of any answer; empty if none came in time.
  Optional<ReplyEvent> next(Duration patience) throws InterruptedException;

  @Override
  void close();
}
