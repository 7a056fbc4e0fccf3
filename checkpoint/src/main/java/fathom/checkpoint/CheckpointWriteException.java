package fathom.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/// A checkpoint could not be written: the disk is full, or the directory is not ours.
public final class CheckpointWriteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Names the file and what the operating system says.
  public CheckpointWriteException(Path file, IOException cause) {
    super("%s: cannot be written: %s".formatted(file, reason(cause)), cause);
  }

  private static String reason(IOException cause) {
    if (cause instanceof FileSystemException fault && fault.getReason() != null) {
      return fault.getReason();
    }
    return cause.getClass() == IOException.class && cause.getMessage() != null
        ? cause.getMessage()
        : cause.toString();
  }
}
