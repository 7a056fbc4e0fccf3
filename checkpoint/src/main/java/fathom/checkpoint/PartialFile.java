package fathom.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A file of a header and of regions that fill up piece by piece, under a name of its own until it
/// is complete.
final class PartialFile implements AutoCloseable {
  /// One `write` call takes a buffer, whose size is an int.
  private static final long PIECE = 64L << 20;

  private final Path target;
  private final Path partial;
  private final FileChannel channel;
  private final Map<String, Region> regions = new LinkedHashMap<>();
  private final long size;
  private boolean renamed;

  /// Where a tensor's data lie, and how many of them have come.
  private static final class Region {
    private final long start;
    private final long length;
    private long filled;

    Region(long start, long length) {
      this.start = start;
      this.length = length;
    }
  }

  /// A file that begins with `header`; a tensor's region follows at the next multiple of
  /// `alignment`, and so on. With `padEnd` the file itself ends at such a multiple.
  PartialFile(
      Path target, byte[] header, Iterable<TensorSpec> tensors, int alignment, boolean padEnd) {
    this.target = target;
    partial = target.resolveSibling(target.getFileName() + ".partial");
    long position = header.length;
    for (TensorSpec tensor : tensors) {
      position = align(position, alignment);
      regions.put(tensor.name(), new Region(position, tensor.bytes()));
      position += tensor.bytes();
    }
    size = padEnd ? align(position, alignment) : position;
    try {
      channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CheckpointWriteException(partial, e);
    }
    try {
      put(0, MemorySegment.ofArray(header));
    } catch (CheckpointWriteException e) {
      close();
      throw e;
    }
  }

  static long align(long position, long alignment) {
    return Math.ceilDiv(position, alignment) * alignment;
  }

  void write(String tensor, MemorySegment bytes) {
    Region region = regions.get(tensor);
    if (region == null || bytes.byteSize() > region.length - region.filled) {
      throw new IllegalArgumentException(
          "%s: expected a declared tensor with room for %d bytes, found %s"
              .formatted(
                  tensor,
                  bytes.byteSize(),
                  region == null ? "none" : region.length - region.filled));
    }
    put(region.start + region.filled, bytes);
    region.filled += bytes.byteSize();
  }

  private void put(long position, MemorySegment bytes) {
    try {
      for (long done = 0; done < bytes.byteSize(); ) {
        long count = Math.min(PIECE, bytes.byteSize() - done);
        ByteBuffer piece = bytes.asSlice(done, count).asByteBuffer();
        while (piece.hasRemaining()) {
          done += channel.write(piece, position + done);
        }
      }
    } catch (IOException e) {
      throw new CheckpointWriteException(partial, e);
    }
  }

  /// Checks that every region is full and brings the data to the disk.
  void complete() {
    regions.forEach(
        (name, region) -> {
          if (region.filled != region.length) {
            throw new IllegalStateException(
                "%s: expected %d bytes, found %d".formatted(name, region.length, region.filled));
          }
        });
    try {
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
      channel.force(true);
      channel.close();
    } catch (IOException e) {
      throw new CheckpointWriteException(partial, e);
    }
  }

  /// Gives the completed file its name, replacing a file that has it.
  void rename() {
    replace(partial, target);
    renamed = true;
  }

  static void replace(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CheckpointWriteException(to, e);
    }
  }

  /// Writes a small file in the same way: complete or not at all.
  static void writeWhole(Path target, byte[] content) {
    try (PartialFile file = new PartialFile(target, content, List.of(), 1, false)) {
      file.complete();
      file.rename();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
      if (!renamed) {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new CheckpointWriteException(partial, e);
    }
  }
}
