package fathom.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import tools.jackson.databind.JsonNode;

/// A file of JSON lines that grows, and that a resumed run cuts back to where its checkpoint was.
final class JsonLog implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private long size;

  /// @param keep bytes of the file that count; the rest is cut off
  JsonLog(Path file, long keep) {
    this.file = file;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.size() < keep) {
        throw new RecipeException(
            file.toString(), "expected at least %d bytes".formatted(keep), channel.size() + "");
      }
      channel.truncate(keep);
      size = keep;
    } catch (IOException e) {
      throw new TrainingException("cannot write " + file, e);
    }
  }

  long size() {
    return size;
  }

  void append(JsonNode line) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    try {
      while (bytes.hasRemaining()) {
        size += channel.write(bytes, size);
      }
    } catch (IOException e) {
      throw new TrainingException("cannot write " + file, e);
    }
  }

  void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new TrainingException("cannot write " + file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new TrainingException("cannot write " + file, e);
    }
  }
}
