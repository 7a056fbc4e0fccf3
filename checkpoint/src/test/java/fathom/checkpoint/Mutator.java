package fathom.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// Breaks files: cuts, flips, overwrites lengths with extreme ones, repeats, removes and inserts.
final class Mutator {
  private static final long[] EXTREMES = {
    0,
    1,
    -1,
    2,
    7,
    31,
    63,
    255,
    256,
    65_535,
    1L << 20,
    1L << 31,
    (1L << 31) - 1,
    1L << 32,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 7,
    0x7ff0000000000000L
  };
  private static final String[] TEXTS = {
    "null", "-1", "1e999", "NaN", "[[[[", "{\"a\":", "\"\"", "9223372036854775808",
        "-9223372036854775809",
    "true", "\\u0000", "\\ud800", "[]", "{}", "0.5", ",", "99999999999999999999999999999999",
        "../x",
    "\"F32\"", "\"Q4_K\"", "18446744073709551615", "4294967296"
  };

  private final Random random;

  Mutator(long seed) {
    random = new Random(seed);
  }

  /// Replaces a file. Deleting it first is much faster on file systems that write an overwritten
  /// file to the disk at once.
  static void replace(Path file, byte[] content) throws IOException {
    Files.deleteIfExists(file);
    Files.write(file, content);
  }

  /// A copy with one to four faults.
  byte[] mutate(byte[] original) {
    byte[] bytes = original.clone();
    int faults = 1 + random.nextInt(4);
    for (int i = 0; i < faults; i++) {
      bytes = once(bytes);
    }
    return bytes;
  }

  private byte[] once(byte[] bytes) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(9)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1, 2 -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        yield bytes;
      }
      case 3 -> {
        bytes[at] = (byte) random.nextInt(256);
        yield bytes;
      }
      case 4 -> number(bytes, at, Long.BYTES);
      case 5 -> number(bytes, at, Integer.BYTES);
      case 6 ->
          splice(
              bytes,
              at,
              at + random.nextInt(16),
              TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_8));
      case 7 -> splice(bytes, at, at + random.nextInt(64), new byte[0]);
      default -> {
        int end = Math.min(bytes.length, at + random.nextInt(200));
        yield splice(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
      }
    };
  }

  private byte[] number(byte[] bytes, int at, int width) {
    if (bytes.length < width) {
      return bytes;
    }
    int place = Math.min(at, bytes.length - width);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long value = EXTREMES[random.nextInt(EXTREMES.length)] + random.nextInt(3) - 1;
    if (width == Long.BYTES) {
      buffer.putLong(place, value);
    } else {
      buffer.putInt(place, (int) value);
    }
    return bytes;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] insert) {
    int end = Math.min(to, bytes.length);
    byte[] result = new byte[bytes.length - (end - from) + insert.length];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(insert, 0, result, from, insert.length);
    System.arraycopy(bytes, end, result, from + insert.length, bytes.length - end);
    return result;
  }
}
