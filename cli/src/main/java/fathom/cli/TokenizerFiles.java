package fathom.cli;

import fathom.checkpoint.TokenizerExchange;
import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Map;

/// Carries a tokenizer from one format to the other, by reading it and writing it again.
final class TokenizerFiles implements TokenizerExchange {
  @Override
  public Map<String, Object> toGguf(Path directory, int vocabularySize) {
    return Tokenizer.open(directory).toGguf(vocabularySize);
  }

  @Override
  public void toHuggingFace(Map<String, Object> metadata, Path directory) {
    Tokenizer.fromGguf(metadata).save(directory);
  }
}
