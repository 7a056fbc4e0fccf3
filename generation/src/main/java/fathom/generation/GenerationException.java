package fathom.generation;

/// Whatever keeps the engine from serving a request; its subclasses say what.
public class GenerationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// With a sentence for the user.
  public GenerationException(String message) {
    super(message);
  }

  /// With a sentence for the user and what caused it.
  public GenerationException(String message, Throwable cause) {
    super(message, cause);
  }
}
