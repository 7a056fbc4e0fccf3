package fathom.generation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// A cache block in a file: magic, version, whether it has rows of the drafting layer, its size,
/// its key, a CRC-32C over all of that and the content, and the content.
final class BlockFileFormat {
  static final int HEADER_BYTES = 64;

  private static final long MAGIC =
      ByteBuffer.wrap("FATHOMKV".getBytes(StandardCharsets.US_ASCII)).getLong();
  private static final int VERSION = 1;
  private static final int CHECKSUM_AT = 56;

  private BlockFileFormat() {}

  /// A file's bytes, ready to be written.
  static ByteBuffer encode(BlockKey key, MemorySegment block, boolean drafted) {
    ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(HEADER_BYTES + block.byteSize()));
    file.putLong(MAGIC).putInt(VERSION).putInt(drafted ? 1 : 0).putLong(block.byteSize());
    file.putLong(key.a()).putLong(key.b()).putLong(key.c()).putLong(key.d());
    file.position(HEADER_BYTES).put(block.asByteBuffer());
    file.putInt(
        CHECKSUM_AT,
        checksum(
            file.slice(0, CHECKSUM_AT), file.slice(HEADER_BYTES, file.capacity() - HEADER_BYTES)));
    return file.rewind();
  }

  private static int checksum(ByteBuffer header, ByteBuffer content) {
    CRC32C crc = new CRC32C();
    crc.update(header);
    crc.update(content);
    return (int) crc.getValue();
  }

  /// Reads a file's block, whole or not at all as far as the answer goes.
  static DiskBlocks.Found read(Path path, BlockKey key, MemorySegment block) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != HEADER_BYTES + block.byteSize()) {
        return DiskBlocks.Found.NOTHING;
      }
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
      fill(channel, header);
      ByteBuffer content = block.asByteBuffer();
      fill(channel, content);
      header.flip();
      content.flip();
      boolean whole =
          header.getInt(CHECKSUM_AT) == checksum(header.slice(0, CHECKSUM_AT), content)
              && header.getLong() == MAGIC
              && header.getInt() == VERSION;
      boolean drafted = header.getInt(12) == 1;
      BlockKey found =
          new BlockKey(
              header.getLong(24), header.getLong(32), header.getLong(40), header.getLong(48));
      if (!whole || !found.equals(key)) {
        return DiskBlocks.Found.NOTHING;
      }
      return drafted ? DiskBlocks.Found.DRAFTED : DiskBlocks.Found.PLAIN;
    }
  }

  private static void fill(FileChannel channel, ByteBuffer buffer) throws IOException {
    int read = 0;
    while (read >= 0 && buffer.hasRemaining()) {
      read = channel.read(buffer);
    }
    if (buffer.hasRemaining()) {
      throw new IOException("the file ends early");
    }
  }
}
