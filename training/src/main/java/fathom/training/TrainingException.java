package fathom.training;

/// A run cannot go on: the loss is no number, a disk is full, data cannot be read. The message is
/// one sentence that says where and why.
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// A failure without a deeper cause.
  public TrainingException(String message) {
    super(message);
  }

  /// A failure of the file system, mostly.
  public TrainingException(String message, Throwable cause) {
    super(message + ": " + reason(cause), cause);
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
