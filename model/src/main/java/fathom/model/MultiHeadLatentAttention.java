package fathom.model;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.HeadColumns;
import fathom.tensor.KeyValueRows;
import fathom.tensor.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Multi-head latent attention, DeepSeek's answer to the question of what a token must leave behind
/// so that later tokens can attend to it (DeepSeek-V2 report, section 2.1; arXiv 2405.04434).
///
/// # What it computes
///
/// Ordinary attention leaves a key and a value for every head: in V3, 128 heads of 192 + 128
/// numbers, 40,960 a token and layer. Here a token leaves two short vectors instead:
///
///     [c | k'] = W_kva x       the *latent* c (512 numbers), then normed,
///                              and one rotary key k' (64 numbers), then rotated by its position
///
/// and each head makes its own key and value from the latent when they are needed:
///
///     k_h = [W_UK,h c | k']    128 numbers without position, 64 with; the latter shared by all heads
///     v_h = W_UV,h c           128 numbers
///
/// So the cache keeps 576 numbers, a seventieth. Queries have the same two halves, `q_h = [n_h |
/// p_h]`, p_h rotated; the score of a past token is `(n_h · W_UK,h c + p_h · k') · scale`.
///
/// # Why position has a part of its own
///
/// A rotation depends on the token's position. Were the whole key rotated, the rotation would stand
/// between the query and W_UK, differently for every past token, and the trick of the next section
/// would be impossible. So position travels in 64 numbers beside the content, made directly from x.
///
/// # Two executions
///
/// *Naive*: make k_h and v_h of all tokens, then attend as usual. *Absorbed*: matrix products
/// associate, and so
///
///     n_h · (W_UK,h c)       =  (W_UK,hᵀ n_h) · c
///     Σ_t a_t (W_UV,h c_t)   =  W_UV,h (Σ_t a_t c_t)
///
/// Carry each query to the latents once, `q'_h = [W_UK,hᵀ n_h | p_h]`, and attend to the rows `[c |
/// k']` of the cache as they lie there: multi-query attention with a single key/value head whose
/// value is the first part of its key. The summed-up latents are then carried out by W_UV. No key
/// and no value ever exists.
///
/// What each costs, in multiplications a head (V3's numbers): to make a token's key and value, or to
/// carry a query there and back, 131,072; to look at one token, 320 naive and 1,088 absorbed. One
/// new token that looks back at thousands is far better off absorbed; a prompt's thousands that look
/// at each other are better off naive. [MlaExecution#AUTO] counts and chooses; training is always
/// naive. Both read the very same weights, and a test holds them together.
final class MultiHeadLatentAttention implements Attention {
  private final LatentAttentionConfig config;
  private final int layer;
  private final ModelOptions options;
  private final @Nullable Linear qAProj;
  private final @Nullable RmsNorm qANorm;
  private final Linear qBProj;
  private final Linear kvAProjWithMqa;
  private final RmsNorm kvANorm;
  private final KeyValueUp kvBProj;
  private final Linear oProj;
  private final RotaryEmbedding rope;
  private final HeadColumns queryRopeColumns;
  private final HeadColumns keyRopeColumns;
  private final AttentionShape absorbedShape;

  /// The attention of `layer`, its parameters declared under `name`.
  MultiHeadLatentAttention(LayerBuilder builder, String name, int layer) {
    ParameterSet parameters = builder.parameters();
    int hidden = builder.config().hiddenSize();
    float eps = builder.config().weights().rmsNormEps();
    this.config = (LatentAttentionConfig) builder.config().attention();
    this.layer = layer;
    this.options = builder.options();
    this.rope = builder.rope();
    int rank = config.qLoraRank();
    int queries = config.heads() * config.qkHeadDim();
    int outputs = config.heads() * config.vHeadDim();
    int row = config.cacheRowWidth();
    qAProj = rank == 0 ? null : new Linear(parameters, name + "q_a_proj", rank, hidden);
    qANorm = rank == 0 ? null : new RmsNorm(parameters, name + "q_a_layernorm", rank, eps);
    qBProj =
        rank == 0
            ? new Linear(parameters, name + "q_proj", queries, hidden)
            : new Linear(parameters, name + "q_b_proj", queries, rank);
    kvAProjWithMqa = new Linear(parameters, name + "kv_a_proj_with_mqa", row, hidden);
    kvANorm = new RmsNorm(parameters, name + "kv_a_layernorm", config.kvLoraRank(), eps);
    kvBProj = new KeyValueUp(builder, name, config);
    oProj = new Linear(parameters, name + "o_proj", hidden, outputs);
    queryRopeColumns =
        new HeadColumns(
            config.heads(), config.qkNopeHeadDim(), config.qkHeadDim(), config.qkRopeHeadDim());
    keyRopeColumns = HeadColumns.packed(1, config.qkRopeHeadDim());
    absorbedShape =
        new AttentionShape(config.heads(), 1, row, config.kvLoraRank(), 0, config.scoreScale());
  }

  @Override
  public Variable forward(Step step, Variable x) {
    Tape tape = step.tape();
    LinearMaps maps = tape.maps(x);
    Variable a = maps.add(kvAProjWithMqa); // [tokens, kvLoraRank + rope]
    Variable down = maps.add(qAProj == null ? qBProj : qAProj);
    maps.run();
    Variable q = // [tokens, heads * (nope + rope)]
        qANorm == null ? down : qBProj.forward(tape, qANorm.forward(tape, down));
    rope.forward(tape, q, step.positions(), queryRopeColumns);
    Variable latent = kvANorm.forward(tape, tape.columns(a, 0, config.kvLoraRank()));
    Variable ropeKey = tape.columns(a, config.kvLoraRank(), config.qkRopeHeadDim());
    rope.forward(tape, ropeKey, step.positions(), keyRopeColumns);
    Variable heads =
        step.packing() == null
            ? cached(step, q, latent, ropeKey)
            : PackedAttention.forward(
                step,
                naiveShape(config.heads()),
                q,
                kvBProj.expand(tape, latent, ropeKey, 0, config.heads()));
    return oProj.forward(tape, heads); // heads: [tokens, heads * vHeadDim]
  }

  /// Attention of `heads` heads over expanded rows: all their keys, then all their values.
  private AttentionShape naiveShape(int heads) {
    int values = heads * config.qkHeadDim();
    return new AttentionShape(
        heads, heads, config.qkHeadDim(), config.vHeadDim(), values, config.scoreScale());
  }

  /// Writes the new rows to the cache, then attends span by span, or, where neighbours are all to
  /// be absorbed, as in decoding, for all of them at once.
  private Variable cached(Step step, Variable q, Variable latent, Variable ropeKey) {
    CacheRows.write(step, layer, latent.value(), ropeKey.value());
    Variable out = step.tape().variable(q.rows(), config.heads() * config.vHeadDim());
    List<Span> spans = step.spans();
    int first = 0;
    while (first < spans.size()) {
      step.tape().push();
      if (isNaive(spans.get(first))) {
        naive(step, spans.get(first), q, out);
        first++;
      } else {
        int end = first + 1;
        while (end < spans.size() && !isNaive(spans.get(end))) {
          end++;
        }
        absorbed(step, first, end, q, out);
        first = end;
      }
      step.tape().pop();
    }
    return out;
  }

  /// Multiplications a head: the span's tokens look back at `seen` tokens in all.
  private boolean isNaive(Span span) {
    if (options.mlaExecution() != MlaExecution.AUTO) {
      return options.mlaExecution() == MlaExecution.NAIVE;
    }
    long made = (long) config.kvLoraRank() * (config.qkNopeHeadDim() + config.vHeadDim());
    long rows = span.rows();
    long seen = rows * span.startPosition() + rows * (rows + 1) / 2;
    long naive =
        (span.startPosition() + rows) * made + seen * (config.qkHeadDim() + config.vHeadDim());
    long absorbed = rows * made + seen * (config.cacheRowWidth() + config.kvLoraRank());
    return rows > 1 && naive <= absorbed;
  }

  /// Expands the cached latents of one sequence for as many heads at a time as memory allows.
  private void naive(Step step, Span span, Variable q, Variable out) {
    Tape tape = step.tape();
    int tokens = span.startPosition() + span.rows();
    Variable latent = tape.variable(tokens, config.kvLoraRank());
    Variable ropeKey = tape.variable(tokens, config.qkRopeHeadDim());
    CacheRows.read(span.cache(), layer, latent.value(), ropeKey.value());
    long headBytes = (long) Float.BYTES * tokens * (config.qkHeadDim() + config.vHeadDim());
    int group = Math.clamp(options.expansionBytes() / headBytes, 1, config.heads());
    for (int head = 0; head < config.heads(); head += group) {
      int count = Math.min(group, config.heads() - head);
      tape.push();
      Variable stored = kvBProj.expand(tape, latent, ropeKey, head, count);
      List<AttentionSpan> reads = step.attentionSpans();
      step.addAttentionSpan(span, 0, KeyValueRows.of(stored.value()));
      Matrix queries =
          tape.columns(q, head * config.qkHeadDim(), count * config.qkHeadDim()).value();
      Matrix values =
          tape.columns(out, head * config.vHeadDim(), count * config.vHeadDim()).value();
      Matrix logSumExp = tape.variable(q.rows(), count).value();
      tape.kernels().attention(naiveShape(count), reads, queries, values, logSumExp);
      tape.pop();
    }
  }

  /// Carries the queries of the spans `first .. end - 1` to the latents, attends to the cache as it
  /// is, and carries the results out.
  private void absorbed(Step step, int first, int end, Variable q, Variable out) {
    Tape tape = step.tape();
    List<Span> spans = step.spans();
    int firstRow = spans.get(first).firstRow();
    int rows = spans.get(end - 1).firstRow() + spans.get(end - 1).rows() - firstRow;
    boolean all = rows == q.rows();
    Matrix queries = all ? q.value() : tape.rows(q, firstRow, rows).value();
    Matrix values = all ? out.value() : tape.rows(out, firstRow, rows).value();
    Matrix carried = kvBProj.carryQueries(tape, queries).value();
    Matrix latents = tape.variable(rows, config.heads() * config.kvLoraRank()).value();
    Matrix logSumExp = tape.variable(rows, config.heads()).value();
    List<AttentionSpan> reads = step.attentionSpans();
    for (int i = first; i < end; i++) {
      step.addAttentionSpan(spans.get(i), firstRow, spans.get(i).cache().layer(layer));
    }
    tape.kernels().attention(absorbedShape, reads, carried, latents, logSumExp);
    kvBProj.carryOut(tape, latents, values);
  }
}
