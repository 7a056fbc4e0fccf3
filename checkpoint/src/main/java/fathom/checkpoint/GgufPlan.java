package fathom.checkpoint;

import fathom.tensor.DType;
import fathom.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// What the tensors of a Hugging Face checkpoint become in a GGUF file: renamed, experts stacked,
/// kv_b split and its keys transposed, the query and key rows of `llama` permuted.
final class GgufPlan {
  private final Checkpoint source;
  private final ConfigReader config;
  private final ConversionOptions options;
  private final String architecture;
  private final int layers;
  private final boolean tied;
  private final List<PlannedTensor> tensors = new ArrayList<>();
  private final Map<String, NavigableMap<Integer, TensorEntry>> stacks = new TreeMap<>();
  private int nextnLayers;

  GgufPlan(Checkpoint source, ObjectNode tree, ConversionOptions options) {
    this.source = source;
    this.config = new ConfigReader(source.directory().resolve("config.json"), tree);
    this.options = options;
    architecture = ConfigToGguf.architecture(config);
    layers = config.requiredCount("num_hidden_layers");
    tied = config.flag("tie_word_embeddings").orElse(false);
    source.tensors().keySet().stream().filter(this::isWanted).forEach(this::add);
    stacks.forEach(this::addStack);
    addRopeDivisors();
    tensors.sort(
        Comparator.comparingInt((PlannedTensor tensor) -> block(tensor.spec().name()))
            .thenComparing(tensor -> tensor.spec().name()));
  }

  List<PlannedTensor> tensors() {
    return tensors;
  }

  Map<String, GgufValue> metadata() {
    return new ConfigToGguf(config)
        .write(new ConfigJson.GgufLayout(options.wholeKvB(), nextnLayers));
  }

  String architecture() {
    return architecture;
  }

  int vocabularySize() {
    return config.requiredCount("vocab_size");
  }

  /// Embeddings first, the output last.
  private static int block(String name) {
    int layer = TensorNames.layer(name);
    return layer >= 0 || !name.startsWith("output") ? layer : Integer.MAX_VALUE;
  }

  private boolean isWanted(String name) {
    int layer = TensorNames.layer(name);
    if (layer >= layers && options.multiTokenPrediction()) {
      nextnLayers = Math.max(nextnLayers, layer - layers + 1);
    }
    return !name.endsWith("_scale_inv")
        && !name.endsWith("rotary_emb.inv_freq")
        && !(tied && name.equals("lm_head.weight"))
        && (layer < layers || options.multiTokenPrediction());
  }

  private void add(String name) {
    TensorNames.GgufName target =
        TensorNames.toGguf(name)
            .orElseThrow(() -> source.fault(name, "expected a tensor that GGUF has, found none"));
    TensorEntry tensor = source.tensor(name);
    if (target.expert() >= 0) {
      stacks
          .computeIfAbsent(target.tensor(), stack -> new TreeMap<>())
          .put(target.expert(), tensor);
    } else if (name.endsWith(".kv_b_proj.weight") && !options.wholeKvB()) {
      addSplitKvB(name, tensor);
    } else if (architecture.equals("llama") && isRotary(target.tensor())) {
      addPermuted(target.tensor(), tensor);
    } else {
      add(target.tensor(), tensor.shape(), Numbers.of(source, tensor));
    }
  }

  private void add(String name, Shape shape, Rows rows) {
    DType type =
        options.mix().typeOf(new TensorSpec(name, DType.F32, shape), layers + nextnLayers, tied);
    tensors.add(new PlannedTensor(new TensorSpec(name, type, shape), rows));
  }

  private static boolean isRotary(String name) {
    return name.contains(".attn_q.") || name.contains(".attn_k.");
  }

  private void addPermuted(String name, TensorEntry tensor) {
    int heads = config.requiredCount("num_attention_heads");
    if (name.contains(".attn_k.")) {
      heads = config.count("num_key_value_heads").orElse(heads);
    }
    add(name, tensor.shape(), RotaryRows.interleave(source, tensor, heads));
  }

  private void addStack(String name, NavigableMap<Integer, TensorEntry> experts) {
    int expected = config.requiredCount("n_routed_experts");
    TensorEntry first = experts.firstEntry().getValue();
    for (TensorEntry expert : experts.values()) {
      if (!expert.shape().equals(first.shape()) || expert.shape().rank() != 2) {
        throw source.fault(
            expert.name(),
            "expected a matrix as the other experts are, %s, found %s"
                .formatted(first.shape(), expert.shape()));
      }
    }
    if (experts.size() != expected || experts.lastKey() != expected - 1) {
      throw source.fault(name, "expected %d experts, found %d".formatted(expected, experts.size()));
    }
    Shape shape = Shape.of(expected, first.shape().dim(0), first.shape().dim(1));
    List<Rows> parts = experts.values().stream().map(expert -> Numbers.of(source, expert)).toList();
    add(name, shape, Rows.Chosen.stacked(parts));
  }

  private void addSplitKvB(String name, TensorEntry tensor) {
    int heads = config.requiredCount("num_attention_heads");
    int nope = config.requiredCount("qk_nope_head_dim");
    int value = config.requiredCount("v_head_dim");
    int latent = config.requiredCount("kv_lora_rank");
    List<Long> expected = List.of((long) heads * (nope + value), (long) latent);
    if (!tensor.shape().dims().equals(expected)) {
      throw source.fault(
          name, "expected the shape %s, found %s".formatted(expected, tensor.shape()));
    }
    String block = "blk." + TensorNames.layer(name) + ".";
    Rows whole = Numbers.of(source, tensor);
    KvB split = new KvB(heads, nope, value);
    add(block + "attn_k_b.weight", Shape.of(heads, latent, nope), split.keys(whole));
    add(block + "attn_v_b.weight", Shape.of(heads, value, latent), split.values(whole));
  }

  private void addRopeDivisors() {
    ConfigReader scaling =
        config.object("rope_scaling").or(() -> config.object("rope_parameters")).orElse(config);
    if (!architecture.equals("llama") || !ConfigToGguf.scalingType(scaling).equals("llama3")) {
      return;
    }
    int headDim =
        config
            .count("head_dim")
            .orElseGet(
                () ->
                    config.requiredCount("hidden_size")
                        / config.requiredCount("num_attention_heads"));
    if (headDim > 1 << 16) {
      throw config.fault("head_dim", "at most 65536", config.tree().path("head_dim"));
    }
    RopeDivisors divisors =
        RopeDivisors.llama3(
            config.number("rope_theta").orElseGet(() -> scaling.number("rope_theta").orElse(1e4)),
            headDim,
            new RopeDivisors.Llama3Scaling(
                (float) scaling.number("factor").orElseThrow(() -> config.missing("factor")),
                (float) scaling.number("low_freq_factor").orElse(1),
                (float) scaling.number("high_freq_factor").orElse(4),
                (float) scaling.number("original_max_position_embeddings").orElse(8192)));
    add("rope_freqs.weight", Shape.of(headDim / 2), divisors.rows());
  }
}
