package fathom.tensor;

import java.util.List;

/// Kernels in the Vector API: float32 arithmetic on exactly decoded weights, in vectors of the
/// width that the CPU prefers (AVX2, AVX-512, NEON …).
///
/// Two tiles do all products: [DotTile] for `x wᵀ` and attention's scores, [AxpyTile] for `x w`,
/// `dyᵀ x` and attention's values. Every operation is a task object that is set, run and let go of,
/// so that the steady state makes no garbage.
public final class VectorKernels implements Kernels {
  /// Below so many multiplications waking the helpers costs more than it gives.
  private static final long WORTH_SHARING = 40_000;

  private final Workers workers;
  private final Workers alone = Workers.serial();
  private final Products products = new Products();
  private final MatmulTask matmul;
  private final TransposedTask transposed;
  private final OuterTask outer;
  private final AttentionTask attention;
  private final AttentionBackwardTask attentionBackward;
  private final GatherTask gather;
  private final RmsNormTasks rmsNorm;
  private final ElementTasks elements;
  private final RopeTask rope = new RopeTask();
  private final RowMath rows = new VectorRowMath();

  /// Kernels on the threads of `workers`.
  public VectorKernels(Workers workers) {
    this.workers = workers;
    Scratch.Pool pool = new Scratch.Pool(workers.threads());
    matmul = new MatmulTask(pool, products);
    transposed = new TransposedTask(pool, products);
    outer = new OuterTask(pool);
    attention = new AttentionTask(pool);
    attentionBackward = new AttentionBackwardTask(pool);
    gather = new GatherTask(pool);
    rmsNorm = new RmsNormTasks(workers);
    elements = new ElementTasks(workers);
  }

  @Override
  public String name() {
    return "vector";
  }

  /// Bits in a vector.
  public static int vectorBits() {
    return Lanes.STEP * 8;
  }

  @Override
  public Workers workers() {
    return workers;
  }

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireMatmul(w, x, y);
    products.setSingle(w, x, y);
    runProducts(matmul.parts(), matmul);
  }

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireTransposed(w, x, y);
    products.setSingle(w, x, y);
    runProducts(transposed.parts(), transposed);
  }

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {
    Operands.requireOuter(dy, x, dw);
    outer.setSingle(dy, x, dw);
    runOuter();
  }

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireGroups(w, groups, x, y);
    products.setGroups(w, groups, x, y);
    runProducts(matmul.parts(), matmul);
  }

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireTransposedGroups(w, groups, x, y);
    products.setGroups(w, groups, x, y);
    runProducts(transposed.parts(), transposed);
  }

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    Operands.requireGroupedOuter(groups, dy, x, dw);
    outer.setGroups(groups, dy, x, dw);
    runOuter();
  }

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireHeads(w, xHeads, x, yHeads, y);
    products.setHeads(w, xHeads, x, yHeads, y);
    runProducts(matmul.parts(), matmul);
  }

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireTransposedHeads(w, xHeads, x, yHeads, y);
    products.setHeads(w, xHeads, x, yHeads, y);
    runProducts(transposed.parts(), transposed);
  }

  private void runProducts(int parts, Workers.Task task) {
    share(products.multiplications()).run(parts, task);
    products.release();
  }

  private void runOuter() {
    share(outer.multiplications()).run(outer.parts(), outer);
  }

  private Workers share(long multiplications) {
    return multiplications < WORTH_SHARING ? alone : workers;
  }

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    Operands.requireAttention(shape, spans, q, out, logSumExp);
    attention.set(shape, spans);
    attention.setMatrices(q, out, logSumExp);
    workers.run(attention.parts(), attention);
    attention.release();
  }

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    Operands.requireAttentionBackward(shape, spans, g);
    attentionBackward.set(shape, spans, g);
    workers.run(attentionBackward.parts(), attentionBackward);
    attentionBackward.release();
  }

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {
    Operands.requireGather(table, ids, y);
    gather.run(workers, table, ids, y);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {
    Operands.requireRmsNorm(x, weight, y);
    rmsNorm.forward(x, weight, eps, y);
  }

  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {
    Operands.requireRmsNormBackward(g);
    rmsNorm.backward(g, eps);
  }

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    Operands.requireRope(table, positions, heads, x);
    rope.setPositions(positions);
    rope.run(workers, table, heads, x, 1);
  }

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    Operands.requireRope(table, positions, heads, x);
    rope.setPositions(positions);
    rope.run(workers, table, heads, x, -1);
  }

  @Override
  public void softmax(Matrix x) {
    elements.softmax(x);
  }

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {
    Operands.requireSame("siluMul up", gate, up);
    Operands.requireSame("siluMul y", gate, y);
    elements.siluMul(gate, up, y);
  }

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    Operands.requireSiluMulBackward(gate, up, dy, dGate, dUp);
    elements.siluMulBackward(gate, up, dy, dGate, dUp);
  }

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {
    Operands.requireSame("addScaled y", x, y);
    elements.addScaled(a, x, y);
  }

  @Override
  public RowMath rows() {
    return rows;
  }
}
