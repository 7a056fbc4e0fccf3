package fathom.checkpoint;

import java.nio.file.Path;
import java.util.Map;

/// Carries the tokenizer along when a model changes its format. Checkpoints do not understand
/// tokenizers; whoever does brings this.
///
/// Metadata are plain values: `String`, `Boolean`, `Integer` (uint32), `Long` (uint64), `Float`,
/// and lists of strings or of integers (int32).
public interface TokenizerExchange {
  /// The `tokenizer.*` metadata of a GGUF file for the tokenizer of a Hugging Face directory.
  ///
  /// @param vocabularySize rows of the embedding, to which the tokens are padded
  Map<String, Object> toGguf(Path directory, int vocabularySize);

  /// Writes the tokenizer's files of a Hugging Face directory.
  ///
  /// @param metadata all metadata of a GGUF file
  void toHuggingFace(Map<String, Object> metadata, Path directory);
}
