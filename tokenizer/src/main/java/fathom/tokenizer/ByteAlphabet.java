package fathom.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The alphabet in which byte-level BPE files write bytes: printable Latin-1 characters stand for
/// themselves, the other 68 bytes for the characters from U+0100 on, in order. A space is `Ġ`, a
/// line feed `Ċ` (GPT-2's `encoder.py`).
final class ByteAlphabet {
  private static final int FIRST_STAND_IN = 0x100;
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[FIRST_STAND_IN + 68];

  static {
    Arrays.fill(BYTES, (short) -1);
    int standIn = FIRST_STAND_IN;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      char c = (char) (printable ? b : standIn++);
      CHARACTERS[b] = c;
      BYTES[c] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /// The character that stands for a byte (0…255).
  static char character(int unsignedByte) {
    return CHARACTERS[unsignedByte];
  }

  /// The byte that a character stands for, or -1 if it is none of the alphabet.
  static int unsignedByte(char character) {
    return character < BYTES.length ? BYTES[character] : -1;
  }

  /// Whether every character of `token` is one of the alphabet.
  static boolean contains(String token) {
    for (int i = 0; i < token.length(); i++) {
      if (unsignedByte(token.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  /// The bytes a token of a file stands for: mapped if it is written in the alphabet, otherwise its
  /// UTF-8 (so are the full-width bars of DeepSeek's special tokens).
  static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      int b = unsignedByte(token.charAt(i));
      if (b < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) b;
    }
    return bytes;
  }

  /// Bytes written in the alphabet.
  static String text(byte[] bytes, int from, int to) {
    char[] characters = new char[to - from];
    for (int i = from; i < to; i++) {
      characters[i - from] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(characters);
  }
}
