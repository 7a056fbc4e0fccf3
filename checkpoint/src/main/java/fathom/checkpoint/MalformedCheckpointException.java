package fathom.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/// The one answer to a broken file: which file, where in it (a byte offset or a key), and what was
/// expected and found there.
public final class MalformedCheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String place;

  private MalformedCheckpointException(Path file, String place, String reason) {
    super("%s: %s: %s".formatted(file, place, reason));
    this.file = file.toString();
    this.place = place;
  }

  /// A fault at a byte offset.
  public static MalformedCheckpointException at(Path file, long offset, String reason) {
    return new MalformedCheckpointException(file, "offset " + offset, reason);
  }

  /// A fault in what a key, a tensor or a file name says. Long or unprintable keys, which a broken
  /// file may well have, are cut so that the message stays one line.
  public static MalformedCheckpointException in(Path file, String key, String reason) {
    return new MalformedCheckpointException(file, printable(key), reason);
  }

  /// A file that the operating system does not let us read.
  static MalformedCheckpointException unreadable(Path file, IOException cause) {
    MalformedCheckpointException fault =
        in(file, "file", "expected a readable file, found " + printable(cause.toString()));
    fault.initCause(cause);
    return fault;
  }

  /// The file that is broken.
  public Path file() {
    return Path.of(file);
  }

  /// Where in the file: `offset N`, or a key.
  public String place() {
    return place;
  }

  /// `text` in at most 120 characters, none of them a control character.
  static String printable(String text) {
    String head = text.length() <= 120 ? text : text.substring(0, 119) + "…";
    return head.replaceAll("\\p{Cntrl}", "?");
  }
}
