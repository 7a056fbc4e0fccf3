package fathom.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file as one read-only piece of memory. Nothing is read until it is looked at.
record MappedFile(Path path, MemorySegment bytes) {
  /// Maps a whole file for as long as `arena` lives.
  static MappedFile map(Path path, Arena arena) {
    if (!Files.isRegularFile(path)) {
      throw MalformedCheckpointException.in(path, "file", "expected a file, found none");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return new MappedFile(
          path, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException e) {
      throw MalformedCheckpointException.unreadable(path, e);
    }
  }

  long size() {
    return bytes.byteSize();
  }

  MalformedCheckpointException fault(long offset, String reason) {
    return MalformedCheckpointException.at(path, offset, reason);
  }

  MalformedCheckpointException fault(String key, String reason) {
    return MalformedCheckpointException.in(path, key, reason);
  }

  /// A part of the file as a stream, for parsers that want one.
  InputStream stream(long offset, long length) {
    return new SegmentStream(bytes.asSlice(offset, length));
  }

  private static final class SegmentStream extends InputStream {
    private final MemorySegment segment;
    private long position;

    SegmentStream(MemorySegment segment) {
      this.segment = segment;
    }

    @Override
    public int read() {
      return position == segment.byteSize()
          ? -1
          : Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, position++));
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = (int) Math.min(length, segment.byteSize() - position);
      if (count == 0 && length > 0) {
        return -1;
      }
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, target, offset, count);
      position += count;
      return count;
    }
  }
}
