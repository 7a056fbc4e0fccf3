package fathom.checkpoint;

import tools.jackson.databind.node.ObjectNode;

/// Translates a model's configuration between the two forms in which it is published: the
/// `config.json` of Hugging Face and the metadata of GGUF, so that whoever reads configurations
/// needs to know only the first.
public final class ConfigJson {
  private ConfigJson() {}

  /// The `config.json` that says what the metadata and tensors of a GGUF file say.
  ///
  /// What old files leave out is filled in with what the model means: no gating function is
  /// softmax, and 256 sigmoid experts without groups (early files of V3 and R1) have 8 groups of
  /// which 4 are used. `rope_interleave` is true for `llama` files, whose query and key rows are
  /// permuted so that rotary pairs lie side by side.
  ///
  /// @throws MalformedCheckpointException if the architecture is unknown, or a needed key is
  ///   missing or contradicts the tensors
  public static ObjectNode fromGguf(GgufFile file) {
    return new ConfigFromGguf(file).read();
  }
}
