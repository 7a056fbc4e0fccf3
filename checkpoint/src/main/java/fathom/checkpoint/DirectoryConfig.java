package fathom.checkpoint;

import fathom.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The JSON files of a Hugging Face directory that say what the converted model is.
final class DirectoryConfig {
  private DirectoryConfig() {}

  /// Makes a configuration say what the written tensors are.
  static void adapt(ObjectNode config, List<PlannedTensor> tensors, ConversionOptions options) {
    DType type = options.mix().type();
    config.remove("dtype");
    config.remove("quantization_config");
    config.put("torch_dtype", torchName(type));
    if (config.path("model_type").asString("").equals("llama")) {
      // The rows have been put back into the order of Hugging Face.
      config.remove("rope_interleave");
    }
    if (!options.multiTokenPrediction() && config.has("num_nextn_predict_layers")) {
      config.put("num_nextn_predict_layers", 0);
    }
    if (tensors.stream().anyMatch(tensor -> tensor.spec().type() == DType.F8_E4M3)) {
      ObjectNode quantization = config.putObject("quantization_config");
      quantization.put("activation_scheme", "dynamic");
      quantization.put("fmt", "e4m3");
      quantization.put("quant_method", "fp8");
      quantization.putArray("weight_block_size").add(128).add(128);
    }
  }

  private static String torchName(DType type) {
    return switch (type) {
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16, F8_E4M3 -> "bfloat16";
      default -> type.name().toLowerCase(Locale.ROOT);
    };
  }

  /// The sampling that `generation_config.json`, if there is one, recommends.
  static Map<String, GgufValue> sampling(Path directory) {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    Path file = directory.resolve("generation_config.json");
    if (Files.exists(file)) {
      ConfigReader generation =
          new ConfigReader(file, StrictJson.readObject(file, StrictJson.CONFIG_BYTES));
      generation
          .count("top_k")
          .ifPresent(k -> metadata.put("general.sampling.top_k", GgufValue.of(GgufType.INT32, k)));
      generation
          .number("top_p")
          .ifPresent(p -> metadata.put("general.sampling.top_p", GgufValue.of((float) p)));
      generation
          .number("temperature")
          .ifPresent(t -> metadata.put("general.sampling.temp", GgufValue.of((float) t)));
    }
    return metadata;
  }

  /// `generation_config.json` with the ids and the sampling that GGUF metadata name.
  static void writeGeneration(GgufMetadata metadata, Path directory) {
    ObjectNode generation = StrictJson.object();
    metadata
        .count("tokenizer.ggml.bos_token_id")
        .ifPresent(id -> generation.put("bos_token_id", id));
    metadata
        .count("tokenizer.ggml.eos_token_id")
        .ifPresent(id -> generation.put("eos_token_id", id));
    metadata
        .number("general.sampling.temp")
        .ifPresent(value -> generation.put("do_sample", true).put("temperature", shortest(value)));
    metadata.count("general.sampling.top_k").ifPresent(value -> generation.put("top_k", value));
    metadata
        .number("general.sampling.top_p")
        .ifPresent(value -> generation.put("top_p", shortest(value)));
    PartialFile.writeWhole(
        directory.resolve("generation_config.json"), StrictJson.write(generation));
  }

  private static double shortest(double value) {
    return Double.parseDouble(Float.toString((float) value));
  }
}
