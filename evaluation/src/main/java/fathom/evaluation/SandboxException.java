package fathom.evaluation;

import java.io.Serial;

/// The sandbox itself cannot work here; a program that fails in it is a result, not an exception.
public final class SandboxException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Creates the exception with its reason.
  public SandboxException(String message) {
    super(message);
  }

  /// Creates the exception with its reason and cause.
  public SandboxException(String message, Throwable cause) {
    super(message, cause);
  }
}
