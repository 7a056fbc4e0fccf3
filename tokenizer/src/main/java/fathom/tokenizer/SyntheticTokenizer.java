package fathom.tokenizer;

/// Tokenizers for models with random weights: any vocabulary size, DeepSeek's special tokens, no
/// training text.
@SuppressWarnings("DoNotCallSuggester")
public final class SyntheticTokenizer {
  private SyntheticTokenizer() {}

  /// A byte-level tokenizer with exactly `vocabularySize` ids.
  ///
  /// @throws IllegalArgumentException if the 256 bytes and the special tokens do not fit
  public static Tokenizer of(int vocabularySize) {
    throw new UnsupportedOperationException();
  }
}
