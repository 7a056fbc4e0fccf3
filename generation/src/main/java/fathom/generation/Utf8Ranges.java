package fathom.generation;

import java.nio.charset.StandardCharsets;

/// Writes ranges of code points into a [ByteNetwork] as the bytes that stand for them in JSON text:
/// UTF-8, with the escapes that JSON demands and no others. Of the control characters only those
/// are written that have a short escape.
final class Utf8Ranges {
  private static final String CONTROLS = "\b\t\n\f\r";
  private static final String CONTROL_ESCAPES = "btnfr";
  private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, 0x10ffff};
  private static final int FIRST_SURROGATE = 0xd800;
  private static final int LAST_SURROGATE = 0xdfff;

  private final ByteNetwork.Builder network;

  Utf8Ranges(ByteNetwork.Builder network) {
    this.network = network;
  }

  /// One code point out of a range, inside a JSON string.
  void inString(int from, int low, int high, int to) {
    for (int i = 0; i < CONTROLS.length(); i++) {
      if (low <= CONTROLS.charAt(i) && CONTROLS.charAt(i) <= high) {
        escape(from, CONTROL_ESCAPES.charAt(i), to);
      }
    }
    split(from, Math.max(low, 0x20), Math.min(high, '"' - 1), to);
    split(from, Math.max(low, '"' + 1), Math.min(high, '\\' - 1), to);
    split(from, Math.max(low, '\\' + 1), high, to);
    if (low <= '"' && '"' <= high) {
      escape(from, '"', to);
    }
    if (low <= '\\' && '\\' <= high) {
      escape(from, '\\', to);
    }
  }

  private void escape(int from, char letter, int to) {
    int inside = network.newState();
    network.range(from, '\\', '\\', inside);
    network.range(inside, letter, letter, to);
  }

  /// One code point out of a range as it is, surrogates left out.
  void raw(int from, int low, int high, int to) {
    split(from, low, high, to);
  }

  private void split(int from, int low, int high, int to) {
    if (low > high) {
      return;
    }
    if (low <= LAST_SURROGATE && high >= FIRST_SURROGATE) {
      split(from, low, FIRST_SURROGATE - 1, to);
      split(from, LAST_SURROGATE + 1, high, to);
      return;
    }
    for (int last : LAST_OF_LENGTH) {
      if (low <= last && high > last) {
        split(from, low, last, to);
        split(from, last + 1, high, to);
        return;
      }
    }
    // Now both ends have the same length; cut until all but one byte are equal or full ranges.
    for (int bits = 6; bits < 24 && low > 0x7f; bits += 6) {
      int mask = (1 << bits) - 1;
      if ((low & ~mask) != (high & ~mask)) {
        if ((low & mask) != 0) {
          split(from, low, low | mask, to);
          split(from, (low | mask) + 1, high, to);
          return;
        }
        if ((high & mask) != mask) {
          split(from, low, (high & ~mask) - 1, to);
          split(from, high & ~mask, high, to);
          return;
        }
      }
    }
    sequence(from, encode(low), encode(high), to);
  }

  private void sequence(int from, byte[] low, byte[] high, int to) {
    int at = from;
    for (int i = 0; i < low.length; i++) {
      int next = i == low.length - 1 ? to : network.newState();
      network.range(at, low[i] & 0xff, high[i] & 0xff, next);
      at = next;
    }
  }

  private static byte[] encode(int codePoint) {
    return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
  }
}
