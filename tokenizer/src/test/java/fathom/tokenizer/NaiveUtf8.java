package fathom.tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// UTF-8 with malformed bytes replaced as the Unicode standard recommends (and Rust and Python do):
/// one U+FFFD for each longest part that could have begun a character. The JDK's own decoder takes
/// encoded surrogates for one part. The slow twin of [StreamingDecoder].
final class NaiveUtf8 {
  private static final int[] CONTINUATIONS = {0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF};

  private NaiveUtf8() {}

  static String decode(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < bytes.length) {
      int end = at + 1;
      while (end < bytes.length
          && end < at + 4
          && !isCharacter(bytes, at, end)
          && begins(Arrays.copyOfRange(bytes, at, end + 1))) {
        end++;
      }
      text.append(
          isCharacter(bytes, at, end)
              ? new String(bytes, at, end - at, StandardCharsets.UTF_8)
              : "\uFFFD");
      at = end;
    }
    return text.toString();
  }

  private static boolean isCharacter(byte[] bytes, int from, int to) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /// Whether a character begins with these bytes, found by trying what may follow.
  private static boolean begins(byte[] bytes) {
    if (isCharacter(bytes, 0, bytes.length)) {
      return true;
    }
    if (bytes.length == 4) {
      return false;
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    for (int next : CONTINUATIONS) {
      longer[bytes.length] = (byte) next;
      if (begins(longer)) {
        return true;
      }
    }
    return false;
  }
}
