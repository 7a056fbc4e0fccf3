package fathom.server;

/// A setting that the server doesn't know or can't use; the message names its key, what is allowed
/// and what was found.
public final class InvalidConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message the key, what was expected and what was found
  public InvalidConfigException(String message) {
    super(message);
  }

  /// @param message the key, what was expected and what was found
  /// @param cause what the system said
  public InvalidConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
