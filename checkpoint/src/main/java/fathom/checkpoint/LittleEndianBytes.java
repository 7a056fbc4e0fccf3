package fathom.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing array of bytes for headers.
final class LittleEndianBytes {
  private ByteBuffer buffer = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  private ByteBuffer room(long bytes) {
    if (buffer.remaining() < bytes) {
      int size = Math.toIntExact(Math.max(2L * buffer.capacity(), buffer.position() + bytes));
      buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
    }
    return buffer;
  }

  LittleEndianBytes putInt(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  LittleEndianBytes putLong(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  /// A length of eight bytes, then UTF-8.
  LittleEndianBytes putString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    putLong(bytes.length);
    room(bytes.length).put(bytes);
    return this;
  }

  void put(MemorySegment bytes) {
    room(bytes.byteSize()).put(bytes.asByteBuffer());
  }

  void padTo(int alignment) {
    long padded = PartialFile.align(buffer.position(), alignment);
    put(MemorySegment.ofArray(new byte[(int) (padded - buffer.position())]));
  }

  byte[] toArray() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
