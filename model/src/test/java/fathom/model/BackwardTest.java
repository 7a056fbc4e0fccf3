package fathom.model;

import fathom.tensor.HeadColumns;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// Every operation's backward against finite differences.
class BackwardTest {
  private static final Packing ONE = new Packing(5);
  private static final Packing TWO = new Packing(4, 3);
  private static final double TOLERANCE = 3e-3;

  private static ObjectNode tinyTree(String modelType) {
    ObjectNode tree = ModelPresets.tree("tiny");
    tree.put("model_type", modelType);
    tree.put("hidden_size", 12);
    tree.put("intermediate_size", 10);
    tree.put("moe_intermediate_size", 6);
    tree.put("vocab_size", 17);
    tree.put("num_attention_heads", 2);
    tree.put("num_key_value_heads", 2);
    tree.put("q_lora_rank", 6);
    tree.put("kv_lora_rank", 8);
    tree.put("qk_nope_head_dim", 6);
    tree.put("qk_rope_head_dim", 4);
    tree.put("v_head_dim", 5);
    tree.put("n_routed_experts", 6);
    tree.put("n_group", 1);
    tree.put("topk_group", 1);
    tree.put("num_experts_per_tok", 2);
    tree.put("num_hidden_layers", 2);
    return tree;
  }

  private static LayerBuilder builder(GradientCheck check, ObjectNode tree) {
    ModelConfig config = ModelConfig.of(tree, Path.of("test"));
    AttentionConfig attention = config.attention();
    RotaryEmbedding rope =
        new RotaryEmbedding(check.arena(), attention.rope(), attention.ropeDim(), false);
    rope.require(64);
    return new LayerBuilder(
        config, WeightLayout.whole(config), check.parameters(), rope, ModelOptions.defaults());
  }

  @Test
  void linear() {
    try (GradientCheck check = new GradientCheck(1)) {
      Linear linear = new Linear(check.parameters(), "l", 7, 5, true);
      check.input(5, 5);
      check.bindParameters();
      check.check(ONE, call -> linear.forward(call.tape(), call.input(0)), TOLERANCE);
    }
  }

  @Test
  void linearWithLowRankAdapter() {
    try (GradientCheck check = new GradientCheck(2)) {
      Linear linear = new Linear(check.parameters(), "l", 7, 5);
      linear.setAdapter(new LowRankAdapter(check.parameters(), "l", linear.weight(), 3, 0.7f));
      check.input(5, 5);
      check.bindParameters();
      check.check(ONE, call -> linear.forward(call.tape(), call.input(0)), TOLERANCE);
    }
  }

  @Test
  void rmsNorm() {
    try (GradientCheck check = new GradientCheck(3)) {
      RmsNorm norm = new RmsNorm(check.parameters(), "n", 9, 1e-6f);
      check.input(5, 9);
      check.bindParameters();
      check.check(ONE, call -> norm.forward(call.tape(), call.input(0)), TOLERANCE);
    }
  }

  @Test
  void headNorm() {
    try (GradientCheck check = new GradientCheck(4)) {
      HeadNorm norm = new HeadNorm(check.parameters(), "n", 4, 1e-6f);
      check.input(5, 12);
      check.bindParameters();
      check.check(ONE, call -> norm.forward(call.tape(), call.input(0)), TOLERANCE);
    }
  }

  @Test
  void swiGlu() {
    try (GradientCheck check = new GradientCheck(5)) {
      check.input(5, 6);
      check.input(5, 6);
      check.check(
          ONE, call -> SwiGlu.forward(call.tape(), call.input(0), call.input(1)), TOLERANCE);
    }
  }

  @Test
  void sumOfAValueWithItself() {
    try (GradientCheck check = new GradientCheck(6)) {
      check.input(5, 6);
      check.check(ONE, call -> Sum.forward(call.tape(), call.input(0), call.input(0)), TOLERANCE);
    }
  }

  @Test
  void concatenation() {
    try (GradientCheck check = new GradientCheck(7)) {
      check.input(5, 6);
      check.input(5, 3);
      check.check(
          ONE, call -> Concatenation.forward(call.tape(), call.input(0), call.input(1)), TOLERANCE);
    }
  }

  @Test
  void tokenEmbeddingWithRepeatedIds() {
    try (GradientCheck check = new GradientCheck(8)) {
      TokenEmbedding embedding = new TokenEmbedding(check.parameters(), "e", 6, 4);
      check.bindParameters();
      int[] ids = {3, 1, 3, 3, 0};
      check.check(ONE, call -> embedding.forward(call.tape(), ids), TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rotaryEmbedding(boolean interleaved) {
    try (GradientCheck check = new GradientCheck(9)) {
      RopeConfig yarn =
          new RopeConfig(100, new RopeScaling.Yarn(4, 8, 32, 1, 0, 0, 0, 0), interleaved);
      RotaryEmbedding rope = new RotaryEmbedding(check.arena(), yarn, 4, false);
      rope.require(16);
      HeadColumns heads = new HeadColumns(2, 3, 7, 4);
      check.input(7, 14);
      check.check(
          TWO,
          call -> {
            rope.forward(call.tape(), call.input(0), call.step().positions(), heads);
            return Sum.forward(call.tape(), call.input(0), call.input(0));
          },
          2 * TOLERANCE);
    }
  }

  @ParameterizedTest
  @CsvSource({"deepseek_v3, 6", "deepseek_v3, 0"})
  void latentAttention(String type, int qLoraRank) {
    try (GradientCheck check = new GradientCheck(10)) {
      ObjectNode tree = tinyTree(type);
      tree.put("q_lora_rank", qLoraRank);
      Attention attention = builder(check, tree).attention(0);
      check.input(7, 12);
      check.bindParameters();
      check.check(TWO, call -> attention.forward(call.step(), call.input(0)), TOLERANCE);
    }
  }

  @ParameterizedTest
  @CsvSource({"qwen2, 2", "qwen2, 1", "qwen3, 1", "llama, 2"})
  void groupedQueryAttention(String type, int keyValueHeads) {
    try (GradientCheck check = new GradientCheck(11)) {
      ObjectNode tree = tinyTree(type);
      tree.put("num_key_value_heads", keyValueHeads);
      Attention attention = builder(check, tree).attention(0);
      check.input(7, 12);
      check.bindParameters();
      check.check(TWO, call -> attention.forward(call.step(), call.input(0)), TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource(RouterConfig.Scoring.class)
  void mixtureOfExperts(RouterConfig.Scoring scoring) {
    for (boolean norm : new boolean[] {true, false}) {
      try (GradientCheck check = new GradientCheck(13)) {
        ObjectNode tree =
            tinyTree(scoring == RouterConfig.Scoring.SIGMOID ? "deepseek_v3" : "deepseek_v2");
        tree.remove("scoring_func");
        tree.remove("topk_method");
        tree.put("norm_topk_prob", norm);
        tree.put("num_experts_per_tok", scoring == RouterConfig.Scoring.SIGMOID ? 2 : 6);
        FeedForward mixture = builder(check, tree).feedForward(1);
        check.input(7, 12);
        check.bindParameters();
        fixChoice(check);
        check.check(TWO, call -> mixture.forward(call.step(), call.input(0)), TOLERANCE);
      }
    }
  }

  /// A choice has no gradient, so the finite steps must not change it: where there is a bias, let
  /// it decide; where there is none, all experts are chosen.
  private static void fixChoice(GradientCheck check) {
    check
        .parameters()
        .find("model.layers.1.mlp.gate.e_score_correction_bias")
        .ifPresent(
            bias -> {
              for (int expert = 0; expert < bias.columns(); expert++) {
                bias.values().set(0, expert, 3 * expert);
              }
            });
  }

  @Test
  void decoderLayer() {
    try (GradientCheck check = new GradientCheck(14)) {
      DecoderLayer layer = builder(check, tinyTree("deepseek_v3")).layer(0);
      check.input(7, 12);
      check.bindParameters();
      check.check(TWO, call -> layer.forward(call.step(), call.input(0)), 2 * TOLERANCE);
    }
  }

  @Test
  void recomputedDecoderLayer() {
    try (GradientCheck check = new GradientCheck(14);
        LayerRunner runner = new LayerRunner(GradientCheck.KERNELS, Activations.RECOMPUTED)) {
      DecoderLayer layer = builder(check, tinyTree("qwen3")).layer(0);
      check.input(7, 12);
      check.bindParameters();
      check.check(TWO, call -> runner.forward(call.step(), layer, call.input(0)), 2 * TOLERANCE);
    }
  }

  @Test
  void multiTokenPrediction() {
    try (GradientCheck check = new GradientCheck(15);
        LayerRunner runner = new LayerRunner(GradientCheck.KERNELS, Activations.KEPT)) {
      ObjectNode tree = tinyTree("qwen2");
      LayerBuilder builder = builder(check, tree);
      TokenEmbedding embedding =
          new TokenEmbedding(check.parameters(), "model.embed_tokens", 17, 12);
      LanguageModelHead head =
          new LanguageModelHead(
              builder.norm("model.norm"),
              check.parameters().matrix("lm_head.weight", Parameter.Role.HEAD, 17, 12));
      MultiTokenPrediction module = new MultiTokenPrediction(builder, 0, embedding, head);
      int[] following = {3, 5, 5, 1, 0, 16, 2};
      check.input(7, 12);
      check.bindParameters();
      check.check(
          TWO,
          call -> {
            Variable x = module.forward(call.step(), following, call.input(0), runner);
            Variable normed = module.sharedHead().norm(call.tape(), x);
            return module.sharedHead().logits(call.tape(), normed);
          },
          3 * TOLERANCE);
    }
  }
}
