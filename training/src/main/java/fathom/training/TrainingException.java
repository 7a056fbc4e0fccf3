package fathom.training;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

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

  /// Messages of the file system's exceptions are bare paths, which the message has already.
  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return switch (cause) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "access denied";
      case FileAlreadyExistsException _ -> "something else is there already";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      default -> message == null ? cause.getClass().getSimpleName() : message;
    };
  }
}
