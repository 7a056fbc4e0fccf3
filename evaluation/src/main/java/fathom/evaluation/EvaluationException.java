package fathom.evaluation;

import java.io.Serial;

/// An evaluation that cannot start or go on; the message says where and why.
public final class EvaluationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Creates the exception with its place and reason.
  public EvaluationException(String message) {
    super(message);
  }

  /// Creates the exception with its place, reason and cause.
  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
