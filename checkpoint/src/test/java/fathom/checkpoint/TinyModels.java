package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Files of a few kilobytes with everything that a format has.
final class TinyModels {
  private TinyModels() {}

  static TensorSpec spec(String name, DType type, long... dims) {
    return new TensorSpec(name, type, Shape.of(dims));
  }

  /// Fills all tensors with small numbers and finishes.
  static void fill(TensorWriter writer, List<TensorSpec> tensors) {
    try (writer;
        Arena arena = Arena.ofConfined()) {
      for (TensorSpec tensor : tensors) {
        MemorySegment bytes = arena.allocate(Math.max(tensor.bytes(), 4), 4);
        for (long i = 0; tensor.type() == DType.F32 && i < bytes.byteSize() / 4; i++) {
          bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1 + 0.25f * i);
        }
        writer.write(tensor.name(), bytes.asSlice(0, tensor.bytes()));
      }
      writer.finish();
    }
  }

  static List<TensorSpec> safetensors() {
    return List.of(
        spec("model.embed_tokens.weight", DType.BF16, 6, 4),
        spec("model.norm.weight", DType.F32, 4),
        spec("q.weight", DType.F8_E4M3, 130, 8),
        spec("q.weight_scale_inv", DType.F32, 2, 1),
        spec("stack", DType.F16, 2, 3, 4),
        spec("scalar", DType.I64));
  }

  static void writeSafetensors(Path file) {
    fill(SafetensorsWriter.create(file, safetensors(), SafetensorsWriter.PYTORCH), safetensors());
  }

  /// A `deepseek2` model of one layer, as far as names and metadata go.
  static void writeGguf(Path file) {
    List<TensorSpec> tensors =
        List.of(
            spec("token_embd.weight", DType.Q8_0, 6, 32),
            spec("output_norm.weight", DType.F32, 32),
            spec("blk.0.attn_q.weight", DType.F16, 6, 32),
            spec("blk.0.ffn_up_exps.weight", DType.Q4_0, 2, 3, 32),
            spec("rope_freqs.weight", DType.F32, 2));
    fill(GgufWriter.create(file, ggufMetadata(), tensors), tensors);
  }

  static Map<String, GgufValue> ggufMetadata() {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", GgufValue.of("deepseek2"));
    metadata.put("general.alignment", GgufValue.of(32));
    List<String> counts = new ArrayList<>(List.of("block_count", "context_length"));
    counts.addAll(List.of("embedding_length", "feed_forward_length", "attention.head_count"));
    counts.addAll(List.of("attention.kv_lora_rank", "attention.key_length_mla"));
    counts.addAll(List.of("attention.value_length_mla", "rope.dimension_count", "expert_count"));
    counts.addAll(List.of("expert_used_count", "expert_feed_forward_length"));
    counts.forEach(key -> metadata.put("deepseek2." + key, GgufValue.of(2)));
    metadata.put("deepseek2.expert_weights_norm", GgufValue.of(true));
    metadata.put("deepseek2.expert_weights_scale", GgufValue.of(2.5f));
    metadata.put("deepseek2.rope.scaling.type", GgufValue.of("yarn"));
    metadata.put("deepseek2.rope.scaling.yarn_log_multiplier", GgufValue.of(0.1f));
    metadata.put(
        "tokenizer.ggml.tokens", GgufValue.ofStrings(List.of("a", "b", "c", "d", "e", "ü")));
    metadata.put(
        "tokenizer.ggml.token_type", GgufValue.ofNumbers(GgufType.INT32, List.of(1, 1, 1)));
    return metadata;
  }
}
