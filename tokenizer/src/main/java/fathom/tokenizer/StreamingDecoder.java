package fathom.tokenizer;

/// Token ids in, text out, as soon as it is certain: only an incomplete but still valid UTF-8 tail
/// is held back.
///
/// Malformed bytes become U+FFFD, one for each maximal part that could have begun a character (the
/// Unicode standard's recommendation, and what Hugging Face's decoding gives).
public final class StreamingDecoder {
  private static final char REPLACEMENT = '\uFFFD';

  private final TokenizerModel model;
  private final boolean skipSpecial;
  private final StringBuilder text = new StringBuilder();

  /// How many continuation bytes the current character still needs; 0 between characters.
  private int missing;

  private int character;
  private int lowest = 0x80;
  private int highest = 0xBF;

  StreamingDecoder(TokenizerModel model, boolean skipSpecial) {
    this.model = model;
    this.skipSpecial = skipSpecial;
  }

  /// The text that becomes certain with this token; often empty in the middle of a character.
  public String accept(int id) {
    append(id);
    return take();
  }

  /// What was still held back, malformed bytes as U+FFFD. Afterwards the decoder is as new.
  public String finish() {
    if (missing > 0) {
      text.append(REPLACEMENT);
      reset();
    }
    return take();
  }

  void append(int id) {
    if (skipSpecial) {
      AddedToken added = model.added(id);
      if (added != null && added.special()) {
        return;
      }
    }
    for (byte b : model.bytes(id)) {
      append(b & 0xFF, text);
    }
  }

  private String take() {
    String taken = text.toString();
    text.setLength(0);
    return taken;
  }

  private void append(int b, StringBuilder out) {
    if (missing > 0) {
      if (b >= lowest && b <= highest) {
        continueCharacter(b, out);
        return;
      }
      out.append(REPLACEMENT);
      reset();
    }
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xC2 && b <= 0xDF) {
      begin(1, b & 0x1F, 0x80, 0xBF);
    } else if (b >= 0xE0 && b <= 0xEF) {
      // No overlong forms, no surrogates.
      begin(2, b & 0x0F, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF);
    } else if (b >= 0xF0 && b <= 0xF4) {
      // No overlong forms, nothing beyond U+10FFFF.
      begin(3, b & 0x07, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF);
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void begin(int continuations, int bits, int least, int most) {
    missing = continuations;
    character = bits;
    lowest = least;
    highest = most;
  }

  private void continueCharacter(int b, StringBuilder out) {
    character = (character << 6) | (b & 0x3F);
    lowest = 0x80;
    highest = 0xBF;
    if (--missing == 0) {
      out.appendCodePoint(character);
    }
  }

  private void reset() {
    missing = 0;
    lowest = 0x80;
    highest = 0xBF;
  }
}
