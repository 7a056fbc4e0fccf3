package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// What the tensors of a checkpoint become in a Hugging Face directory. Those of a GGUF file are
/// renamed, stacks of experts taken apart, kv_b joined, the permutation of `llama` undone; those of
/// a Hugging Face checkpoint only change their format.
final class HuggingFacePlan {
  private final Checkpoint source;
  private final ConfigReader config;
  private final ConversionOptions options;
  private final int layers;
  private final List<PlannedTensor> tensors = new ArrayList<>();

  HuggingFacePlan(Checkpoint source, ObjectNode tree, ConversionOptions options) {
    this.source = source;
    this.config = new ConfigReader(source.path(), tree);
    this.options = options;
    layers = config.requiredCount("num_hidden_layers");
    source.tensors().values().stream()
        .filter(tensor -> !tensor.name().endsWith("_scale_inv"))
        .filter(
            tensor -> options.multiTokenPrediction() || TensorNames.layer(tensor.name()) < layers)
        .forEach(
            tensor -> {
              if (source.format() == Checkpoint.Format.GGUF) {
                addFromGguf(tensor);
              } else {
                add(tensor.name(), tensor.shape(), Numbers.of(source, tensor));
              }
            });
    tensors.sort(
        Comparator.comparingInt((PlannedTensor tensor) -> order(tensor.spec().name()))
            .thenComparing(tensor -> tensor.spec().name()));
  }

  List<PlannedTensor> tensors() {
    return tensors;
  }

  private static int order(String name) {
    int layer = TensorNames.layer(name);
    return layer < 0 && !name.equals("model.embed_tokens.weight") ? Integer.MAX_VALUE : layer;
  }

  private void addFromGguf(TensorEntry tensor) {
    String name = tensor.name();
    boolean stack = TensorNames.expert(name, 0).isPresent();
    if (stack) {
      addExperts(tensor);
    } else if (name.endsWith(".attn_k_b.weight")) {
      addKvB(tensor);
    } else if (!name.endsWith(".attn_v_b.weight") && !name.equals("rope_freqs.weight")) {
      String target =
          TensorNames.toHuggingFace(name)
              .orElseThrow(
                  () ->
                      source.fault(
                          name, "expected a tensor that Hugging Face has a name for, found none"));
      add(target, tensor.shape(), rows(tensor));
    }
  }

  private Rows rows(TensorEntry tensor) {
    boolean query = tensor.name().contains(".attn_q.");
    boolean key = tensor.name().contains(".attn_k.");
    if (!config.text("model_type").orElse("").equals("llama") || (!query && !key)) {
      return Numbers.of(source, tensor);
    }
    String heads = query ? "num_attention_heads" : "num_key_value_heads";
    return RotaryRows.separate(source, tensor, config.requiredCount(heads));
  }

  private void addExperts(TensorEntry stack) {
    if (stack.shape().rank() != 3 || stack.shape().dim(0) > 1 << 16) {
      throw source.fault(stack.name(), "expected a stack of matrices, found " + stack.shape());
    }
    for (int expert = 0; expert < stack.shape().dim(0); expert++) {
      String name = TensorNames.expert(stack.name(), expert).orElseThrow();
      TensorEntry slice = source.tensor(name);
      add(name, slice.shape(), Numbers.of(source, slice));
    }
  }

  private void addKvB(TensorEntry keys) {
    TensorEntry values = source.tensor(keys.name().replace("attn_k_b", "attn_v_b"));
    int heads = config.requiredCount("num_attention_heads");
    int nope = config.requiredCount("qk_nope_head_dim");
    int value = config.requiredCount("v_head_dim");
    int latent = config.requiredCount("kv_lora_rank");
    if (!keys.shape().dims().equals(List.of((long) heads, (long) latent, (long) nope))
        || !values.shape().dims().equals(List.of((long) heads, (long) value, (long) latent))) {
      throw source.fault(
          keys.name(),
          "expected %d heads of %d x %d keys and %d x %d values, found %s and %s"
              .formatted(heads, latent, nope, value, latent, keys.shape(), values.shape()));
    }
    String name =
        "model.layers.%d.self_attn.kv_b_proj.weight".formatted(TensorNames.layer(keys.name()));
    Rows whole =
        new KvB(heads, nope, value).whole(Numbers.of(source, keys), Numbers.of(source, values));
    add(name, Shape.of((long) heads * (nope + value), latent), whole);
  }

  private void add(String name, Shape shape, Rows rows) {
    DType type = options.mix().type();
    if (name.endsWith("e_score_correction_bias")) {
      type = DType.F32;
    } else if (type == DType.F8_E4M3 && !isBlockScaled(name, shape)) {
      type = DType.BF16;
    }
    tensors.add(new PlannedTensor(new TensorSpec(name, type, shape), rows));
  }

  /// What DeepSeek releases in FP8: the projections, but neither embeddings, head, norms and router
  /// nor the projection of multi-token prediction.
  private static boolean isBlockScaled(String name, Shape shape) {
    return shape.rank() == 2
        && (name.endsWith("_proj.weight") || name.endsWith("_proj_with_mqa.weight"))
        && !name.endsWith("eh_proj.weight");
  }
}
