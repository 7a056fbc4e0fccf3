package fathom.generation;

/// The engine is closed, or closing, and takes no more requests.
public final class EngineClosedException extends GenerationException {
  private static final long serialVersionUID = 1L;

  /// The engine is closed.
  public EngineClosedException() {
    super("the engine is closed");
  }
}
