package fathom.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Translates a model's configuration between the two forms in which it is published: the
/// `config.json` of Hugging Face and the metadata of GGUF, so that whoever reads configurations
/// needs to know only the first.
public final class ConfigJson {
  private ConfigJson() {}

  /// What a `deepseek2` file can be written like.
  ///
  /// @param wholeKvB kv_b as one tensor, as before April 2025, instead of k_b (transposed) and v_b
  /// @param nextnLayers layers of multi-token prediction behind the model's own; 0 for none
  public record GgufLayout(boolean wholeKvB, int nextnLayers) {}

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

  /// The metadata (`deepseek2.block_count` …) that say what a `config.json` says; general keys and
  /// the tokenizer are not among them.
  ///
  /// @param file the configuration's file, for faults
  /// @throws MalformedCheckpointException if the model type is unknown, or a needed key is missing
  ///   or of a wrong kind
  public static Map<String, GgufValue> toGguf(Path file, ObjectNode config, GgufLayout layout) {
    return new ConfigToGguf(new ConfigReader(file, config)).write(layout);
  }
}
