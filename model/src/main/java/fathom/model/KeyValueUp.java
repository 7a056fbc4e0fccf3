package fathom.model;

import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RowBlocks;
import fathom.tensor.RowMath;
import fathom.tensor.WeightMatrix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The matrices W_UK and W_UV that make each head's key and value from the latent, used in both
/// directions by [MultiHeadLatentAttention].
///
/// They are stored in one of two ways, and used as they are stored. *Whole* (`kv_b_proj`): for each
/// head the `nope` rows of W_UK, then the `v` rows of W_UV. *Split* (newer GGUF files): `k_b_proj`
/// has for each head W_UK transposed, `[kvLoraRank, nope]`, and `v_b_proj` W_UV.
final class KeyValueUp {
  private final LatentAttentionConfig config;
  private final @Nullable Parameter whole;
  private final @Nullable Parameter splitKeys;
  private final @Nullable Parameter splitValues;
  private final HeadColumns queryNope;
  private final HeadColumns carriedLatent;
  private final HeadColumns summedLatent;
  private final HeadColumns output;
  private final List<WeightMatrix> keys = new ArrayList<>();
  private final List<WeightMatrix> values = new ArrayList<>();

  KeyValueUp(LayerBuilder builder, String name, LatentAttentionConfig config) {
    ParameterSet parameters = builder.parameters();
    this.config = config;
    int heads = config.heads();
    int latent = config.kvLoraRank();
    queryNope = keyColumns(heads);
    carriedLatent = new HeadColumns(heads, 0, config.cacheRowWidth(), latent);
    summedLatent = HeadColumns.packed(heads, latent);
    output = HeadColumns.packed(heads, config.vHeadDim());
    if (builder.layout().splitKeyValueUp()) {
      whole = null;
      splitKeys =
          parameters.matrix(
              name + "k_b_proj.weight",
              Parameter.Role.MATRIX,
              heads * latent,
              config.qkNopeHeadDim());
      splitValues =
          parameters.matrix(
              name + "v_b_proj.weight", Parameter.Role.MATRIX, heads * config.vHeadDim(), latent);
    } else {
      splitKeys = null;
      splitValues = null;
      whole =
          parameters.matrix(
              name + "kv_b_proj.weight",
              Parameter.Role.MATRIX,
              heads * (config.qkNopeHeadDim() + config.vHeadDim()),
              latent);
    }
  }

  /// Makes keys and values of `count` heads from `firstHead` on: latent `[tokens, kvLoraRank]` and
  /// ropeKey `[tokens, rope]` to `[tokens, count * (nope + rope) + count * v]`.
  Variable expand(Tape tape, Variable latent, Variable ropeKey, int firstHead, int count) {
    views();
    Variable stored =
        tape.variable(latent.rows(), count * (config.qkHeadDim() + config.vHeadDim()));
    HeadColumns same = new HeadColumns(count, 0, 0, config.kvLoraRank());
    List<WeightMatrix> k = keys.subList(firstHead, firstHead + count);
    List<WeightMatrix> v = values.subList(firstHead, firstHead + count);
    Kernels kernels = tape.kernels();
    if (whole == null) {
      stored.value().fill(0);
      kernels.addHeadMatmulTransposed(k, same, latent.value(), keyColumns(count), stored.value());
    } else {
      kernels.headMatmul(k, same, latent.value(), keyColumns(count), stored.value());
    }
    kernels.headMatmul(v, same, latent.value(), valueColumns(count), stored.value());
    spreadRopeKey(tape, ropeKey.value(), stored.value(), count);
    if (tape.isRecording()) {
      tape.record(() -> backward(tape, latent, ropeKey, stored));
    }
    return stored;
  }

  private void spreadRopeKey(Tape tape, Matrix ropeKey, Matrix stored, int count) {
    RowOperations.forEachRow(
        tape.kernels().workers(),
        stored.rows(),
        row -> {
          for (int head = 0; head < count; head++) {
            int column = head * config.qkHeadDim() + config.qkNopeHeadDim();
            RowOperations.copy(ropeKey, row, stored, row, column);
          }
        });
  }

  /// The gradients of all heads' keys and values, put together as kv_b would have made them, give
  /// those of the latent and of kv_b; the rotary key gets the sum over the heads that shared it.
  private void backward(Tape tape, Variable latent, Variable ropeKey, Variable stored) {
    if (whole == null) {
      throw new IllegalStateException("training: expected kv_b_proj whole, found it split");
    }
    Matrix up = tape.undefinedGradient(latent.rows(), whole.rows());
    Matrix dStored = stored.gradient();
    Matrix dRopeKey = ropeKey.gradient();
    RowMath math = tape.kernels().rows();
    RowBlocks.forEach(
        tape.kernels().workers(),
        up.rows(),
        2 * up.columns(),
        row -> {
          long from = dStored.rowAddress(row);
          for (int head = 0; head < config.heads(); head++) {
            collectHead(from, up.rowAddress(row), head);
            long rope = from + floats(ropeColumn(head));
            math.addScaled(1, rope, dRopeKey.rowAddress(row), config.qkRopeHeadDim());
          }
        });
    if (latent.takeGradient()) {
      tape.kernels().matmulTransposed(tape.plain(whole.weight()), up, latent.gradient());
    } else {
      tape.kernels().addMatmulTransposed(tape.plain(whole.weight()), up, latent.gradient());
    }
    Matrix dWhole = whole.gradient();
    if (dWhole != null) {
      tape.kernels().addOuterProduct(up, latent.value(), dWhole);
    }
  }

  private void collectHead(long dStored, long up, int head) {
    int nope = config.qkNopeHeadDim();
    int v = config.vHeadDim();
    long to = up + floats(head * (nope + v));
    long value = floats(config.heads() * config.qkHeadDim() + head * v);
    RowOperations.copy(dStored + floats(head * config.qkHeadDim()), to, nope);
    RowOperations.copy(dStored + value, to + floats(nope), v);
  }

  private int ropeColumn(int head) {
    return head * config.qkHeadDim() + config.qkNopeHeadDim();
  }

  private static long floats(int count) {
    return (long) count * Float.BYTES;
  }

  /// Each head's query `[nope | rope]` to `[W_UKᵀ nope | rope]`, `[tokens, heads * (kvLoraRank +
  /// rope)]`.
  Variable carryQueries(Tape tape, Matrix queries) {
    views();
    int width = config.cacheRowWidth();
    Variable carried = tape.zeros(queries.rows(), config.heads() * width);
    if (whole == null) {
      tape.kernels().headMatmul(keys, queryNope, queries, carriedLatent, carried.value());
    } else {
      tape.kernels()
          .addHeadMatmulTransposed(keys, queryNope, queries, carriedLatent, carried.value());
    }
    for (int row = 0; row < queries.rows(); row++) {
      for (int head = 0; head < config.heads(); head++) {
        copyRope(queries.rowAddress(row), carried.value().rowAddress(row), head);
      }
    }
    return carried;
  }

  private void copyRope(long query, long carried, int head) {
    long from = query + floats(ropeColumn(head));
    long to = carried + floats(head * config.cacheRowWidth() + config.kvLoraRank());
    RowOperations.copy(from, to, config.qkRopeHeadDim());
  }

  /// Each head's summed-up latent `[tokens, heads * kvLoraRank]` to its output `[tokens, heads *
  /// v]`.
  void carryOut(Tape tape, Matrix latents, Matrix out) {
    tape.kernels().headMatmul(values, summedLatent, latents, output, out);
  }

  private HeadColumns keyColumns(int heads) {
    return new HeadColumns(heads, 0, config.qkHeadDim(), config.qkNopeHeadDim());
  }

  private HeadColumns valueColumns(int heads) {
    return new HeadColumns(heads, heads * config.qkHeadDim(), config.vHeadDim(), config.vHeadDim());
  }

  /// Makes the views of the heads' matrices, once, when the parameters have been bound.
  private void views() {
    if (!keys.isEmpty()) {
      return;
    }
    int nope = config.qkNopeHeadDim();
    int v = config.vHeadDim();
    for (int head = 0; head < config.heads(); head++) {
      if (whole != null) {
        keys.add(whole.weight().rows(head * (nope + v), nope));
        values.add(whole.weight().rows(head * (nope + v) + nope, v));
      } else if (splitKeys != null && splitValues != null) {
        keys.add(splitKeys.weight().rows(head * config.kvLoraRank(), config.kvLoraRank()));
        values.add(splitValues.weight().rows(head * v, v));
      }
    }
  }
}
