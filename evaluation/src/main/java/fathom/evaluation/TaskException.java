package fathom.evaluation;

import java.io.Serial;

/// A task, a suite or a task file that is not what it should be; the message says where and why.
public final class TaskException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// Creates the exception with its place and reason.
  public TaskException(String message) {
    super(message);
  }

  /// Creates the exception with its place, reason and cause.
  public TaskException(String message, Throwable cause) {
    super(message, cause);
  }
}
