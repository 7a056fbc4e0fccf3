package fathom.tokenizer;

/// Token ids in, text out, as soon as it is certain: only an incomplete but still valid UTF-8 tail
/// is held back.
@SuppressWarnings("DoNotCallSuggester")
public final class StreamingDecoder {
  StreamingDecoder() {}

  /// The text that becomes certain with this token; often empty in the middle of a character.
  public String accept(int id) {
    throw new UnsupportedOperationException();
  }

  /// What was still held back, malformed bytes as U+FFFD. Afterwards the decoder is as new.
  public String finish() {
    throw new UnsupportedOperationException();
  }
}
