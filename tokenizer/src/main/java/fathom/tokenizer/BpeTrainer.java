package fathom.tokenizer;

import java.util.List;
import java.util.stream.Stream;

/// Trains a byte-level BPE tokenizer with DeepSeek-V3's pre-tokenizer and special tokens.
@SuppressWarnings("DoNotCallSuggester")
public final class BpeTrainer {
  /// A trainer for a vocabulary of this size.
  ///
  /// @param vocabularySize number of ids, the 256 bytes and the special tokens included
  /// @param threads how many threads count words; the result does not depend on it
  public BpeTrainer(int vocabularySize, int threads) {}

  /// Special tokens besides DeepSeek's own.
  public BpeTrainer withAddedTokens(List<String> tokens) {
    throw new UnsupportedOperationException();
  }

  /// The tokenizer learned from these texts.
  public Tokenizer train(Stream<String> texts) {
    throw new UnsupportedOperationException();
  }
}
