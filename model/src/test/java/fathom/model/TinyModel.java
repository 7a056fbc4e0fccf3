package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.Kernels;
import fathom.tensor.ScalarKernels;
import fathom.tensor.Workers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// A very small V3 with random float32 weights that can be trained, for tests.
record TinyModel(Arena arena, DecoderStack stack) implements AutoCloseable {
  static final Kernels KERNELS = new ScalarKernels(Workers.serial());
  static final int VOCABULARY = 23;

  static TinyModel of(long seed, Consumer<ObjectNode> change) {
    ObjectNode tree = ModelPresets.tree("tiny");
    tree.put("hidden_size", 16);
    tree.put("intermediate_size", 20);
    tree.put("moe_intermediate_size", 8);
    tree.put("vocab_size", VOCABULARY);
    tree.put("num_attention_heads", 2);
    tree.put("num_key_value_heads", 2);
    tree.put("q_lora_rank", 8);
    tree.put("kv_lora_rank", 8);
    tree.put("qk_nope_head_dim", 6);
    tree.put("qk_rope_head_dim", 4);
    tree.put("v_head_dim", 6);
    tree.put("n_routed_experts", 8);
    tree.put("n_group", 2);
    tree.put("topk_group", 1);
    tree.put("num_experts_per_tok", 2);
    tree.put("num_hidden_layers", 2);
    tree.put("initializer_range", 0.3);
    change.accept(tree);
    ModelConfig config = ModelConfig.of(tree, Path.of("tiny"));
    Arena arena = Arena.ofShared();
    DecoderStack stack =
        new DecoderStack(config, WeightLayout.whole(config), ModelOptions.defaults(), arena);
    stack.parameters().allocate(arena, DType.F32);
    new ModelInitializer(config, seed).fill(stack.parameters());
    stack.parameters().allocateGradients(arena);
    return new TinyModel(arena, stack);
  }

  /// Gives one expert of each layer so large a bias that choices never change.
  TinyModel withFixedChoices() {
    for (Parameter parameter : stack.parameters().all()) {
      if (parameter.role() == Parameter.Role.CORRECTION_BIAS) {
        for (int expert = 0; expert < parameter.columns(); expert++) {
          parameter.values().set(0, expert, 3 * expert);
        }
      }
    }
    return this;
  }

  Parameter parameter(String name) {
    return stack.parameters().find(name).orElseThrow();
  }

  @Override
  public void close() {
    arena.close();
  }
}
