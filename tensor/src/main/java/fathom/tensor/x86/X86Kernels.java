package fathom.tensor.x86;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.DType;
import fathom.tensor.GatedKernels;
import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.Operands;
import fathom.tensor.RmsNormGradients;
import fathom.tensor.RotaryTable;
import fathom.tensor.RowGroups;
import fathom.tensor.RowMath;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Kernels in machine code that was assembled for this CPU at start-up: products and attention in
/// AVX2, AVX-VNNI, AVX-512 or AMX. What gains nothing from that, and formats that it does not know,
/// is left to another provider.
///
/// ## Arithmetic
///
/// Results never depend on the number of threads. Products of up to four tokens with quantised
/// weights round the activations to 8 bits in blocks of 32, with plain weights they are float32.
/// From AVX-512 on, products of more tokens round both factors to BF16 and sum in float32, except
/// with prepared weights below AMX, and, at [Precision#FLOAT32], with plain weights; so a token
/// decoded alone and the same token in a long prompt differ by these roundings (docs/kernels.md).
/// Within each of the two ways a token's result does not depend on the other tokens.
public final class X86Kernels implements Kernels {
  private final Kernels fallback;
  private final Tier tier;
  private final LaneWeights laneWeights;
  private final ProductRunner products;
  private final OuterProductRunner outerProducts;
  private final boolean bfloat16Tiles;
  private final SiluMulTask siluMul;
  private final TileAttention attention;
  private final TileAttentionBackward attentionBackward;
  private final boolean roundsAttention;
  private final @Nullable GatedKernels gated;
  private final Kernels exact;
  private final String nextTierLacks;

  /// Kernels of one tier on the threads of `fallback`, which also serves what this one does not.
  ///
  /// @throws UnavailableException if `cpu` lacks something that the tier needs
  public X86Kernels(Kernels fallback, CpuFeatures cpu, Tier tier, Precision precision) {
    if (!tier.isOn(cpu)) {
      throw new UnavailableException(tier + " needs " + String.join("; ", tier.missing(cpu)));
    }
    this(fallback, new KernelSet(tier), precision, nextTierLacks(cpu, tier));
  }

  private X86Kernels(
      Kernels fallback, KernelSet kernels, Precision precision, String nextTierLacks) {
    this(fallback, kernels, new LaneWeights(kernels), precision, nextTierLacks);
  }

  private X86Kernels(
      Kernels fallback,
      KernelSet kernels,
      LaneWeights laneWeights,
      Precision precision,
      String nextTierLacks) {
    this.laneWeights = laneWeights;
    this.nextTierLacks = nextTierLacks;
    this.fallback = fallback;
    tier = kernels.tier();
    bfloat16Tiles = tier.multipliesBfloat16() && precision == Precision.BFLOAT16;
    products = new ProductRunner(fallback.workers(), kernels, laneWeights, precision);
    outerProducts = new OuterProductRunner(fallback.workers(), kernels);
    siluMul = new SiluMulTask(kernels);
    attention = new TileAttention(fallback.workers(), kernels);
    attentionBackward = new TileAttentionBackward(fallback.workers(), kernels, fallback.rows());
    roundsAttention = precision != Precision.FLOAT32;
    gated = bfloat16Tiles ? new TileGated(fallback.workers(), kernels, fallback.rows()) : null;
    exact =
        precision != Precision.FLOAT32
            ? new X86Kernels(fallback, kernels, laneWeights, Precision.FLOAT32, nextTierLacks)
            : this;
  }

  private static String nextTierLacks(CpuFeatures cpu, Tier tier) {
    for (Tier next : Tier.values()) {
      if (next.compareTo(tier) > 0 && !next.isOn(cpu)) {
        return "; not %s: %s".formatted(next, String.join(", ", next.missing(cpu)));
      }
    }
    return "";
  }

  /// Kernels of the highest tier that this CPU has.
  ///
  /// @throws UnavailableException if machine code can't be run here, or the CPU has not even AVX2;
  ///   the message says why
  public static X86Kernels detect(Kernels fallback, Precision precision) {
    CpuFeatures cpu = CpuFeatures.detect();
    Tier tier =
        Tier.best(cpu)
            .orElseThrow(() -> new UnavailableException(String.join("; ", Tier.AVX2.missing(cpu))));
    return new X86Kernels(fallback, cpu, tier, precision);
  }

  /// The tier that serves.
  public Tier tier() {
    return tier;
  }

  @Override
  public String name() {
    return tier.kernelsName();
  }

  /// For the banner: the tier, and what the next one lacks here.
  public String description() {
    return name() + ": machine code assembled at start" + nextTierLacks;
  }

  @Override
  public Workers workers() {
    return fallback.workers();
  }

  @Override
  public Kernels exact() {
    return exact;
  }

  /// The instructions that products `y = x wᵀ` of so many tokens are made of, or `y = x w` if
  /// transposed; empty where another provider computes them.
  public Optional<InstructionPeaks.Kind> instructions(
      WeightMatrix w, int tokens, boolean transposed) {
    if (transposed) {
      return products.servesTransposed(w) ? Optional.of(panels()) : Optional.empty();
    }
    return products.serves(w) ? Optional.of(products.instructions(w, tokens)) : Optional.empty();
  }

  /// The same of attention over rounded rows, of gated layers and of gradients of weights.
  public Optional<InstructionPeaks.Kind> instructions() {
    boolean served = tier.multipliesBfloat16() && roundsAttention;
    return served ? Optional.of(panels()) : Optional.empty();
  }

  private InstructionPeaks.Kind panels() {
    return tier == Tier.AMX ? InstructionPeaks.Kind.TILES_BF16 : InstructionPeaks.Kind.BF16_512;
  }

  /// Copies quantised weights into a form in which 16 rows are the lanes of one or two vectors: of
  /// the size of the original, whose mapped pages are given back.
  @Override
  public void prepare(List<WeightMatrix> weights) {
    for (int i = 0; i < weights.size(); i++) {
      Door.requireAlive(weights.get(i));
    }
    laneWeights.add(weights, workers());
  }

  @Override
  public List<MemorySegment> prepared() {
    return laneWeights.memory();
  }

  // ---- products
  // ----------------------------------------------------------------------------------

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireMatmul(w, x, y);
    if (!products.serves(w)) {
      fallback.matmul(w, x, y);
      return;
    }
    Door.requireAlive(w);
    Door.requireAlive(x);
    Door.requireAlive(y);
    products.start();
    products.next().set(w, x, y, 0, x.rows());
    products.run();
  }

  @Override
  public void matmulAll(List<WeightMatrix> w, Matrix x, List<Matrix> y) {
    Operands.requireCount("results", w.size(), y.size());
    if (!servesAll(w)) {
      Kernels.super.matmulAll(w, x, y);
      return;
    }
    products.start();
    for (int i = 0; i < w.size(); i++) {
      Operands.requireMatmul(w.get(i), x, y.get(i));
      Door.requireAlive(y.get(i));
      Door.requireAlive(w.get(i));
      products.next().set(w.get(i), x, y.get(i), 0, x.rows());
    }
    Door.requireAlive(x);
    products.run();
  }

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireGroups(w, groups, x, y);
    if (w.isEmpty() || !servesAll(w)) {
      fallback.groupedMatmul(w, groups, x, y);
      return;
    }
    Door.requireSizes(groups);
    Door.requireAlive(w, x, y);
    products.start();
    addGroups(w, groups, x, y);
    products.run();
  }

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireHeads(w, xHeads, x, yHeads, y);
    if (w.isEmpty() || !servesAll(w)) {
      fallback.headMatmul(w, xHeads, x, yHeads, y);
      return;
    }
    requireHeads(w, xHeads, x, yHeads, y);
    products.start();
    addHeads(w, xHeads, x, yHeads, y);
    products.run();
  }

  private boolean servesAll(List<WeightMatrix> w) {
    for (int i = 0; i < w.size(); i++) {
      if (!products.serves(w.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireTransposed(w, x, y);
    if (!products.servesTransposed(w)) {
      fallback.addMatmulTransposed(w, x, y);
      return;
    }
    transposed(w, x, y, true);
  }

  @Override
  public void matmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    Operands.requireTransposed(w, x, y);
    if (!products.servesTransposed(w)) {
      fallback.matmulTransposed(w, x, y);
      return;
    }
    transposed(w, x, y, false);
  }

  private void transposed(WeightMatrix w, Matrix x, Matrix y, boolean add) {
    Door.requireAlive(w);
    Door.requireAlive(x);
    Door.requireAlive(y);
    products.start();
    products.next().set(w, x, y, 0, x.rows());
    products.runTransposed(add);
  }

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireTransposedGroups(w, groups, x, y);
    if (w.isEmpty() || !servesAllTransposed(w)) {
      fallback.addGroupedMatmulTransposed(w, groups, x, y);
      return;
    }
    groupedTransposed(w, groups, x, y, true);
  }

  @Override
  public void groupedMatmulTransposed(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    Operands.requireTransposedGroups(w, groups, x, y);
    if (w.isEmpty() || !servesAllTransposed(w)) {
      fallback.groupedMatmulTransposed(w, groups, x, y);
      return;
    }
    groupedTransposed(w, groups, x, y, false);
  }

  private void groupedTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y, boolean add) {
    Door.requireSizes(groups);
    Door.requireAlive(w, x, y);
    products.start();
    addGroups(w, groups, x, y);
    products.runTransposed(add);
  }

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Operands.requireTransposedHeads(w, xHeads, x, yHeads, y);
    if (w.isEmpty() || !servesAllTransposed(w)) {
      fallback.addHeadMatmulTransposed(w, xHeads, x, yHeads, y);
      return;
    }
    requireHeads(w, xHeads, x, yHeads, y);
    if (yHeads.step() >= yHeads.dim()) {
      products.start();
      addHeads(w, xHeads, x, yHeads, y);
      products.runTransposed(true);
      return;
    }
    // Heads that add to the same columns do so one after the other.
    for (int h = 0; h < w.size(); h++) {
      products.start();
      products.next().setColumns(w.get(h), x, xHeads.first(h), y, yHeads.first(h));
      products.runTransposed(true);
    }
  }

  private static void requireHeads(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    Door.requireForward("heads of x", xHeads);
    Door.requireForward("heads of y", yHeads);
    Door.requireAlive(w, x, y);
  }

  private boolean servesAllTransposed(List<WeightMatrix> w) {
    for (int i = 0; i < w.size(); i++) {
      if (!products.servesTransposed(w.get(i))) {
        return false;
      }
    }
    return true;
  }

  private void addGroups(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    for (int g = 0; g < w.size(); g++) {
      if (groups.size(g) > 0) {
        products.next().set(w.get(g), x, y, groups.start(g), groups.size(g));
      }
    }
  }

  private void addHeads(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    for (int h = 0; h < w.size(); h++) {
      products.next().setColumns(w.get(h), x, xHeads.first(h), y, yHeads.first(h));
    }
  }

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {
    Operands.requireOuter(dy, x, dw);
    if (!bfloat16Tiles || dw.rows() == 0 || dw.columns() == 0) {
      fallback.addOuterProduct(dy, x, dw);
      return;
    }
    Door.requireAlive(dy, x, dw);
    outerProducts.start();
    outerProducts.next().set(dy, x, dw, 0, dy.rows());
    outerProducts.run();
  }

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    Operands.requireGroupedOuter(groups, dy, x, dw);
    if (!bfloat16Tiles || dw.isEmpty() || dy.columns() == 0 || x.columns() == 0) {
      fallback.addGroupedOuterProduct(groups, dy, x, dw);
      return;
    }
    Door.requireSizes(groups);
    Door.requireAlive(dy);
    Door.requireAlive(x);
    outerProducts.start();
    for (int g = 0; g < dw.size(); g++) {
      Door.requireAlive(dw.get(g));
      Operands.requireSize("outer product dw " + g, dw.get(g), dy.columns(), x.columns());
      if (groups.size(g) > 0) {
        outerProducts.next().set(dy, x, dw.get(g), groups.start(g), groups.size(g));
      }
    }
    outerProducts.run();
  }

  // ---- attention
  // ---------------------------------------------------------------------------------

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    Operands.requireAttention(shape, spans, q, out, logSumExp);
    if (!tier.multipliesBfloat16() || !(roundsAttention || areRounded(spans))) {
      fallback.attention(shape, spans, q, out, logSumExp);
      return;
    }
    Door.requireReadable(shape);
    Door.requireAlive(q, out, logSumExp);
    attention.setMatrices(q, out, logSumExp);
    attention.run(shape, spans);
  }

  /// Whether the stored rows have no more bits than BF16 or F16.
  private static boolean areRounded(List<AttentionSpan> spans) {
    for (int i = 0; i < spans.size(); i++) {
      if (spans.get(i).stored().type() == DType.F32) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    Operands.requireAttentionBackward(shape, spans, g);
    if (!bfloat16Tiles || !TileAttentionBackward.serves(shape, spans, g)) {
      fallback.attentionBackward(shape, spans, g);
      return;
    }
    Door.requireReadable(shape);
    Door.requireAlive(g);
    attentionBackward.run(shape, spans, g);
  }

  // ---- row-wise operations
  // -----------------------------------------------------------------------

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {
    fallback.gatherRows(table, ids, y);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {
    fallback.rmsNorm(x, weight, eps, y);
  }

  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {
    fallback.rmsNormBackward(g, eps);
  }

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    fallback.rope(table, positions, heads, x);
  }

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    fallback.ropeInverse(table, positions, heads, x);
  }

  @Override
  public void softmax(Matrix x) {
    fallback.softmax(x);
  }

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {
    if (!tier.atLeast(Tier.AVX512)) {
      fallback.siluMul(gate, up, y);
      return;
    }
    Operands.requireSame("siluMul up", gate, up);
    Operands.requireSame("siluMul y", gate, y);
    Door.requireAlive(gate, up, y);
    if (y.rows() > 0 && y.columns() > 0) {
      siluMul.run(workers(), gate, up, y);
    }
  }

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    fallback.siluMulBackward(gate, up, dy, dGate, dUp);
  }

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {
    fallback.addScaled(a, x, y);
  }

  @Override
  public @Nullable GatedKernels gated() {
    return gated;
  }

  @Override
  public RowMath rows() {
    return fallback.rows();
  }
}
