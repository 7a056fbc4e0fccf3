package fathom.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The operations that models are made of, on the threads of one worker pool. Providers differ in
/// speed, not in meaning; `ScalarKernels` is the reference.
///
/// Rows are tokens. In every operation a row of the result depends on that row of the input alone
/// and is computed in an order that does not depend on how many other rows there are, nor on the
/// number of threads: a batch gives bit for bit what its rows give one at a time.
///
/// One thread at a time may call a provider. Results never overlap inputs unless stated. Sizes are
/// checked: a mismatch is an [IllegalArgumentException] with expected and found.
public interface Kernels {
  /// The provider's name, as `--kernels` has it.
  String name();

  /// The pool that the operations run on.
  Workers workers();

  /// A provider on the same workers whose products with float32 weights are in float32, whatever
  /// this one does for speed: for what must not be rounded, a router's logits above all.
  default Kernels exact() {
    return this;
  }

  /// Tells the provider that products with these weights will be asked for again and again while
  /// their numbers stay the same. It may keep a copy of them in a form that it multiplies faster,
  /// of about their size; results may then differ by rounding from those before.
  default void prepare(List<WeightMatrix> weights) {}

  /// The memory of the copies that [#prepare] made, in pieces: what products then read.
  default List<MemorySegment> prepared() {
    return List.of();
  }

  // ---- products, in the three orientations; x, y, dy … [tokens, width] -------------------------

  /// `y = x wᵀ`: a linear map. x `[tokens, w.columns]`, y `[tokens, w.rows]`.
  void matmul(WeightMatrix w, Matrix x, Matrix y);

  /// `y_i = x w_iᵀ` for every i: several maps of the same x, as one operation.
  default void matmulAll(List<WeightMatrix> w, Matrix x, List<Matrix> y) {
    Operands.requireCount("results", w.size(), y.size());
    for (int i = 0; i < w.size(); i++) {
      matmul(w.get(i), x, y.get(i));
    }
  }

  /// `y += x w`: the linear map transposed. x `[tokens, w.rows]`, y `[tokens, w.columns]`.
  void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y);

  /// `dw += dyᵀ x`: the gradient of a weight. dy `[tokens, out]`, x `[tokens, in]`, dw `[out, in]`.
  void addOuterProduct(Matrix dy, Matrix x, Matrix dw);

  /// For each group g of rows: `y = x w_gᵀ`. The weights have one shape.
  void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y);

  /// For each group g of rows: `y += x w_g`.
  void addGroupedMatmulTransposed(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y);

  /// For each group g of rows: `dw_g += dyᵀ x`.
  void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw);

  /// For each head h: `y_h = x_h w_hᵀ`, where x_h and y_h are the head's columns of x and y.
  void headMatmul(List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y);

  /// For each head h: `y_h += x_h w_h`.
  void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y);

  /// `y = x w`: what [#addMatmulTransposed] adds, where there is nothing to be added to.
  default void matmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    clear(y);
    addMatmulTransposed(w, x, y);
  }

  /// For each group g of rows: `y = x w_g`.
  default void groupedMatmulTransposed(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    clear(y);
    addGroupedMatmulTransposed(w, groups, x, y);
  }

  // ---- attention --------------------------------------------------------------------------------

  /// Softmax attention of every span over its stored rows. q `[tokens, heads * keyDim]`, out
  /// `[tokens, heads * valueDim]`; `logSumExp` `[tokens, heads]` receives the logarithm of each
  /// softmax's denominator, which backward needs.
  void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp);

  /// Adds to dq, and to the gradients of the stored rows (`dStored`: one for each span, of the same
  /// form as what the span reads, float32), what attention's output gradient `dOut` gives.
  void attentionBackward(AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g);

  // ---- row-wise operations ----------------------------------------------------------------------

  /// Rows `ids` of a table, as float32, in the order of `y`'s rows.
  void gatherRows(WeightMatrix table, int[] ids, Matrix y);

  /// `y = x / sqrt(mean(x²) + eps) * weight`; weight `[1, columns]`. y may be x.
  void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y);

  /// Adds rmsNorm's gradients to dx and dWeight.
  void rmsNormBackward(RmsNormGradients g, float eps);

  /// Rotates the pairs of each head's columns of x by the angles of each row's position, in place.
  void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x);

  /// The inverse rotation, which is also the gradient.
  void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x);

  /// Softmax of each row, in place.
  void softmax(Matrix x);

  /// `y = silu(gate) * up`, elementwise. y may be gate or up.
  void siluMul(Matrix gate, Matrix up, Matrix y);

  /// Sets dGate and dUp to siluMul's gradients.
  void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp);

  /// `y += a * x`, elementwise.
  void addScaled(float a, Matrix x, Matrix y);

  /// `y = a + b`, elementwise. y may be a or b.
  default void add(Matrix a, Matrix b, Matrix y) {
    Operands.requireSame("add b", a, b);
    Operands.requireSame("add y", a, y);
    RowMath math = rows();
    RowBlocks.forEach(
        workers(),
        y.rows(),
        y.columns(),
        row -> math.add(a.rowAddress(row), b.rowAddress(row), y.rowAddress(row), y.columns()));
  }

  /// Sets all numbers to zero.
  default void clear(Matrix y) {
    RowMath math = rows();
    RowBlocks.forEach(
        workers(), y.rows(), y.columns(), row -> math.clear(y.rowAddress(row), y.columns()));
  }

  /// Gated feed-forward layers as one operation, or null if this provider has none.
  default @Nullable GatedKernels gated() {
    return null;
  }

  /// Arithmetic on single rows.
  default RowMath rows() {
    return RowMath.PLAIN;
  }
}
