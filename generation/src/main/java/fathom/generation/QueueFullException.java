package fathom.generation;

/// The engine's queue is full; the same request may succeed later.
public final class QueueFullException extends GenerationException {
  private static final long serialVersionUID = 1L;

  /// With the limit that was met, in requests.
  public QueueFullException(int limit) {
    super("queue full: %d requests are waiting, try again later".formatted(limit));
  }
}
