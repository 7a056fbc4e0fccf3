package fathom.evaluation;

import java.io.Serial;

/// A source of answers that could not answer; the message says which and why.
public final class AnswerException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Creates the exception with its place and reason.
  public AnswerException(String message) {
    super(message);
  }

  /// Creates the exception with its place, reason and cause.
  public AnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
