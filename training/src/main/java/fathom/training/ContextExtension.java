package fathom.training;

import tools.jackson.databind.node.ObjectNode;

/// A model's `config.json` for contexts some times as long, by YaRN (arXiv 2309.00071): slow
/// rotations are stretched, quick ones stay, and attention is sharpened a little. DeepSeek-V3 went
/// from 4K to 128K in this way, in a second stage of training with few steps (its report, section
/// 4.3).
final class ContextExtension {
  private static final String SCALING = "rope_scaling";
  private static final String PARAMETERS = "rope_parameters";
  private static final String POSITIONS = "max_position_embeddings";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String FACTOR = "factor";

  private ContextExtension() {}

  /// The configuration with `max_position_embeddings` times `factor`, and YaRN from the length that
  /// it was trained at; where YaRN is in use already, its factor grows.
  ///
  /// @throws RecipeException if the factor is not above 1, or the frequencies are scaled otherwise
  static ObjectNode extend(ObjectNode config, double factor) {
    if (!(factor > 1 && factor <= 1024)) {
      throw new RecipeException(
          "context", "expected a factor above 1, at most 1024", String.valueOf(factor));
    }
    ObjectNode extended = config.deepCopy();
    int positions = config.path(POSITIONS).asInt(0);
    if (positions < 1) {
      throw new RecipeException(
          POSITIONS, "expected the length to extend", config.path(POSITIONS).toString());
    }
    ObjectNode scaling = scaling(extended);
    String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
    switch (type) {
      case "yarn" -> scaling.put(FACTOR, scaling.path(FACTOR).asDouble(1) * factor);
      case "default" -> begin(scaling, config.has("kv_lora_rank"), positions, factor);
      default -> throw new RecipeException(SCALING, "expected yarn or none", type);
    }
    extended.put(POSITIONS, Math.toIntExact(Math.round(positions * factor)));
    return extended;
  }

  /// Where the file keeps it: transformers 5 has it beside the base of the frequencies.
  private static ObjectNode scaling(ObjectNode config) {
    if (config.get(PARAMETERS) instanceof ObjectNode parameters) {
      return parameters;
    }
    return config.get(SCALING) instanceof ObjectNode scaling ? scaling : config.putObject(SCALING);
  }

  /// V3's numbers; Qwen and Llama have no factor on scores.
  private static void begin(ObjectNode scaling, boolean latent, int positions, double factor) {
    scaling.put("type", "yarn").put("rope_type", "yarn");
    scaling.put(FACTOR, factor).put(ORIGINAL, positions);
    scaling.put("beta_fast", 32).put("beta_slow", 1);
    if (latent) {
      scaling.put("mscale", 1.0).put("mscale_all_dim", 1.0);
    }
  }
}
