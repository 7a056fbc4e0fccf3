package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockFileFormatTest {
  private static final BlockKey KEY = new BlockKey(1, -2, 3, -4);

  @TempDir private Path directory;

  private static MemorySegment block(long seed) {
    byte[] content = new byte[500];
    new Random(seed).nextBytes(content);
    MemorySegment block = Arena.ofAuto().allocate(500);
    return block.copyFrom(MemorySegment.ofArray(content));
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(directory.resolve("block"), content);
  }

  private static byte[] encoded(boolean drafted) {
    ByteBuffer file = BlockFileFormat.encode(KEY, block(1), drafted);
    byte[] bytes = new byte[file.remaining()];
    file.get(bytes);
    return bytes;
  }

  @Test
  void aBlockIsReadBack() throws IOException {
    MemorySegment read = Arena.ofAuto().allocate(500);
    assertThat(BlockFileFormat.read(file(encoded(false)), KEY, read))
        .isEqualTo(DiskBlocks.Found.PLAIN);
    assertThat(read.mismatch(block(1))).isEqualTo(-1);
    assertThat(BlockFileFormat.read(file(encoded(true)), KEY, read))
        .isEqualTo(DiskBlocks.Found.DRAFTED);
  }

  @Test
  void anotherKeyIsNotServed() throws IOException {
    MemorySegment read = Arena.ofAuto().allocate(500);
    assertThat(BlockFileFormat.read(file(encoded(false)), new BlockKey(1, -2, 3, 4), read))
        .isEqualTo(DiskBlocks.Found.NOTHING);
  }

  @Test
  void anotherSizeIsNotServed() throws IOException {
    MemorySegment read = Arena.ofAuto().allocate(501);
    assertThat(BlockFileFormat.read(file(encoded(false)), KEY, read))
        .isEqualTo(DiskBlocks.Found.NOTHING);
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    byte[] whole = encoded(true);
    MemorySegment read = Arena.ofAuto().allocate(500);
    for (int place = 0; place < whole.length; place++) {
      boolean padding = place >= 60 && place < BlockFileFormat.HEADER_BYTES;
      byte[] damaged = whole.clone();
      damaged[place] ^= (byte) (1 << place % 8);
      if (!padding) {
        assertThat(BlockFileFormat.read(file(damaged), KEY, read))
            .as("byte %d", place)
            .isEqualTo(DiskBlocks.Found.NOTHING);
      }
    }
  }

  @Test
  void everyTruncationIsFound() throws IOException {
    byte[] whole = encoded(true);
    MemorySegment read = Arena.ofAuto().allocate(500);
    for (int length = 0; length < whole.length; length += 7) {
      Path file = file(java.util.Arrays.copyOf(whole, length));
      assertThat(BlockFileFormat.read(file, KEY, read)).isEqualTo(DiskBlocks.Found.NOTHING);
    }
  }
}
