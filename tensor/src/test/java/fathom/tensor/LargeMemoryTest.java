package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargeMemoryTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 64, 4097, (2 << 20) - 1, 2 << 20, (7 << 20) + 12})
  void memoryIsZeroedAlignedAndOfTheSizeAskedFor(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      for (int piece = 0; piece < 3; piece++) {
        MemorySegment memory = LargeMemory.allocate(arena, bytes);
        assertThat(memory.byteSize()).isEqualTo(bytes);
        assertThat(memory.address() % 64).isZero();
        for (long at = 0; at < bytes; at += 509) {
          assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isZero();
        }
        memory.fill((byte) 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 4 << 20})
  void memoryEndsWithItsArena(long bytes) {
    MemorySegment memory;
    try (Arena arena = Arena.ofShared()) {
      memory = LargeMemory.allocate(arena, bytes);
      memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    }
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void moreThanTheSystemHasIsOutOfMemory() {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> LargeMemory.allocate(arena, 1L << 50))
          .isInstanceOf(OutOfMemoryError.class);
    }
  }

  @Test
  void pagesOfAFileThatWereGivenBackAreReadAgain(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bytes");
    byte[] bytes = new byte[64 << 10];
    java.util.Arrays.fill(bytes, (byte) 7);
    Files.write(file, bytes);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length, arena);
      LargeMemory.releaseMapped(mapped);
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
    }
  }

  @Test
  void memoryThatIsNoFileIsNotGivenBack() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = LargeMemory.allocate(arena, 4 << 20);
      memory.fill((byte) 7);
      LargeMemory.releaseMapped(memory);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 1 << 20)).isEqualTo((byte) 7);
    }
  }
}
