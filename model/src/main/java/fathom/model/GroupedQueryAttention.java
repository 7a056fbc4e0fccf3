package fathom.model;

import fathom.model.GroupedAttentionConfig.Biases;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.HeadColumns;
import fathom.tensor.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Attention of Qwen and Llama: several query heads share one head of keys and values (arXiv
/// 2305.13245). The cache keeps all keys, rotated, and then all values of a token.
final class GroupedQueryAttention implements Attention {
  private final int layer;
  private final Linear qProj;
  private final Linear kProj;
  private final Linear vProj;
  private final Linear oProj;
  private final @Nullable HeadNorm qNorm;
  private final @Nullable HeadNorm kNorm;
  private final RotaryEmbedding rope;
  private final HeadColumns queryHeads;
  private final HeadColumns keyHeads;
  private final AttentionShape shape;

  /// The attention of `layer`, its parameters declared under `name`.
  GroupedQueryAttention(
      ParameterSet parameters, String name, ModelConfig model, int layer, RotaryEmbedding rope) {
    GroupedAttentionConfig config = (GroupedAttentionConfig) model.attention();
    int hidden = model.hiddenSize();
    int dim = config.headDim();
    int queryWidth = config.heads() * dim;
    int keyWidth = config.keyValueHeads() * dim;
    boolean biases = config.biases() != Biases.NONE;
    float eps = model.weights().rmsNormEps();
    this.layer = layer;
    this.rope = rope;
    qProj = new Linear(parameters, name + "q_proj", queryWidth, hidden, biases);
    kProj = new Linear(parameters, name + "k_proj", keyWidth, hidden, biases);
    vProj = new Linear(parameters, name + "v_proj", keyWidth, hidden, biases);
    oProj =
        new Linear(parameters, name + "o_proj", hidden, queryWidth, config.biases() == Biases.ALL);
    boolean norms = config.headNorms();
    qNorm = norms ? new HeadNorm(parameters, name + "q_norm", dim, eps) : null;
    kNorm = norms ? new HeadNorm(parameters, name + "k_norm", dim, eps) : null;
    queryHeads = HeadColumns.packed(config.heads(), dim);
    keyHeads = HeadColumns.packed(config.keyValueHeads(), dim);
    shape =
        new AttentionShape(
            config.heads(),
            config.keyValueHeads(),
            dim,
            dim,
            keyWidth,
            (float) (1 / Math.sqrt(dim)));
  }

  @Override
  public Variable forward(Step step, Variable x) {
    Tape tape = step.tape();
    LinearMaps maps = tape.maps(x);
    Variable queries = maps.add(qProj); // [tokens, heads * headDim]
    Variable keys = maps.add(kProj); // [tokens, keyValueHeads * headDim]
    Variable v = maps.add(vProj);
    maps.run();
    Variable q = normed(tape, qNorm, queries);
    Variable k = normed(tape, kNorm, keys);
    rope.forward(tape, q, step.positions(), queryHeads);
    rope.forward(tape, k, step.positions(), keyHeads);
    Variable heads =
        step.packing() == null
            ? cached(step, q, k.value(), v.value())
            : PackedAttention.forward(step, shape, q, Concatenation.forward(tape, k, v));
    return oProj.forward(tape, heads);
  }

  private static Variable normed(Tape tape, @Nullable HeadNorm norm, Variable x) {
    return norm == null ? x : norm.forward(tape, x);
  }

  private Variable cached(Step step, Variable q, Matrix k, Matrix v) {
    CacheRows.write(step, layer, k, v);
    Variable out = step.tape().variable(q.rows(), queryHeads.width());
    Variable logSumExp = step.tape().variable(q.rows(), shape.heads());
    List<AttentionSpan> reads = step.attentionSpans();
    List<Span> spans = step.spans();
    for (int i = 0; i < spans.size(); i++) {
      step.addAttentionSpan(spans.get(i), 0, spans.get(i).cache().layer(layer));
    }
    step.kernels().attention(shape, reads, q.value(), out.value(), logSumExp.value());
    return out;
  }
}
