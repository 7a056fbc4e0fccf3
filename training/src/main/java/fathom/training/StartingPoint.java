package fathom.training;

import fathom.tokenizer.Tokenizer;
import java.nio.file.Path;

/// The model that a run begins with.
///
/// @param model a Hugging Face directory or a GGUF file
/// @param tokenizer the model's, with a chat template where chats are learned
public record StartingPoint(Path model, Tokenizer tokenizer) {
  /// The model's place whatever the working directory.
  String place() {
    return model.toAbsolutePath().toString();
  }
}
