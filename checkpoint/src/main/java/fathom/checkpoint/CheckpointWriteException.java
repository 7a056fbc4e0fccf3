package fathom.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/// A checkpoint could not be written: the disk is full, or the directory is not ours.
public final class CheckpointWriteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Names the file and what the operating system says.
  public CheckpointWriteException(Path file, IOException cause) {
    super("%s: cannot be written: %s".formatted(file, cause), cause);
  }
}
