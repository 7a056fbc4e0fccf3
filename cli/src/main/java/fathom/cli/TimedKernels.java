package fathom.cli;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.GatedGradients;
import fathom.tensor.GatedKernels;
import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RmsNormGradients;
import fathom.tensor.RotaryTable;
import fathom.tensor.RowGroups;
import fathom.tensor.RowMath;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Kernels whose operations a clock measures.
final class TimedKernels implements Kernels {
  private final Kernels kernels;
  private final KernelClock clock;

  TimedKernels(Kernels kernels, KernelClock clock) {
    this.kernels = kernels;
    this.clock = clock;
  }

  @Override
  public String name() {
    return kernels.name();
  }

  @Override
  public Workers workers() {
    return kernels.workers();
  }

  @Override
  public Kernels exact() {
    return new TimedKernels(kernels.exact(), clock);
  }

  @Override
  public void prepare(List<WeightMatrix> weights) {
    kernels.prepare(weights);
  }

  @Override
  public List<MemorySegment> prepared() {
    return kernels.prepared();
  }

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {
    clock.time(kernels, KernelCall.product(List.of(w), x.rows()), () -> kernels.matmul(w, x, y));
  }

  @Override
  public void matmulAll(List<WeightMatrix> w, Matrix x, List<Matrix> y) {
    clock.time(kernels, KernelCall.product(w, x.rows()), () -> kernels.matmulAll(w, x, y));
  }

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    clock.time(
        kernels, KernelCall.transposed(w, x.rows()), () -> kernels.addMatmulTransposed(w, x, y));
  }

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {
    clock.time(
        kernels,
        KernelCall.outer("outer product", dy, x),
        () -> kernels.addOuterProduct(dy, x, dw));
  }

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    clock.time(kernels, KernelCall.groups(w, groups), () -> kernels.groupedMatmul(w, groups, x, y));
  }

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    clock.time(
        kernels,
        KernelCall.groups(w, groups).transposed(),
        () -> kernels.addGroupedMatmulTransposed(w, groups, x, y));
  }

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    clock.time(
        kernels,
        KernelCall.outer("outer product experts", dy, x),
        () -> kernels.addGroupedOuterProduct(groups, dy, x, dw));
  }

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    clock.time(
        kernels, KernelCall.heads(w, x.rows()), () -> kernels.headMatmul(w, xHeads, x, yHeads, y));
  }

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    clock.time(
        kernels,
        KernelCall.heads(w, x.rows()).transposed(),
        () -> kernels.addHeadMatmulTransposed(w, xHeads, x, yHeads, y));
  }

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    clock.time(
        kernels,
        KernelCall.attention("attention", shape, spans, 1),
        () -> kernels.attention(shape, spans, q, out, logSumExp));
  }

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    clock.time(
        kernels,
        KernelCall.attention("attention backward", shape, spans, 3),
        () -> kernels.attentionBackward(shape, spans, g));
  }

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {
    clock.time(
        kernels, KernelCall.rows("gather", y, 2, 0), () -> kernels.gatherRows(table, ids, y));
  }

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {
    clock.time(
        kernels, KernelCall.rows("rms norm", x, 3, 4), () -> kernels.rmsNorm(x, weight, eps, y));
  }

  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {
    clock.time(
        kernels,
        KernelCall.rows("rms norm backward", g.x(), 5, 12),
        () -> kernels.rmsNormBackward(g, eps));
  }

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    clock.time(
        kernels, KernelCall.rows("rope", x, 2, 3), () -> kernels.rope(table, positions, heads, x));
  }

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    clock.time(
        kernels,
        KernelCall.rows("rope inverse", x, 2, 3),
        () -> kernels.ropeInverse(table, positions, heads, x));
  }

  @Override
  public void softmax(Matrix x) {
    clock.time(kernels, KernelCall.rows("softmax", x, 4, 20), () -> kernels.softmax(x));
  }

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {
    clock.time(
        kernels, KernelCall.rows("silu(gate) * up", y, 3, 20), () -> kernels.siluMul(gate, up, y));
  }

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    clock.time(
        kernels,
        KernelCall.rows("silu backward", dy, 5, 26),
        () -> kernels.siluMulBackward(gate, up, dy, dGate, dUp));
  }

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {
    clock.time(kernels, KernelCall.rows("add", y, 3, 2), () -> kernels.addScaled(a, x, y));
  }

  @Override
  public void matmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    clock.time(
        kernels, KernelCall.transposed(w, x.rows()), () -> kernels.matmulTransposed(w, x, y));
  }

  @Override
  public void groupedMatmulTransposed(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    clock.time(
        kernels,
        KernelCall.groups(w, groups).transposed(),
        () -> kernels.groupedMatmulTransposed(w, groups, x, y));
  }

  @Override
  public void add(Matrix a, Matrix b, Matrix y) {
    clock.time(kernels, KernelCall.rows("add", y, 3, 1), () -> kernels.add(a, b, y));
  }

  @Override
  public void clear(Matrix y) {
    clock.time(kernels, KernelCall.rows("clear", y, 1, 0), () -> kernels.clear(y));
  }

  @Override
  public @Nullable GatedKernels gated() {
    GatedKernels gated = kernels.gated();
    return gated == null ? null : new Gated(gated);
  }

  private final class Gated implements GatedKernels {
    private final GatedKernels gated;

    Gated(GatedKernels gated) {
      this.gated = gated;
    }

    @Override
    public boolean serves(GatedLayers layers) {
      return gated.serves(layers);
    }

    @Override
    public void forward(GatedLayers layers, GatedRows rows, GatedValues values) {
      KernelCall call = KernelCall.gated("gated layers", layers, rows.groups().rows(), 1);
      clock.time(kernels, call, () -> gated.forward(layers, rows, values));
    }

    @Override
    public void backward(
        GatedLayers layers, GatedRows rows, GatedValues values, GatedGradients gradients) {
      KernelCall call = KernelCall.gated("gated layers backward", layers, rows.groups().rows(), 2);
      clock.time(kernels, call, () -> gated.backward(layers, rows, values, gradients));
    }
  }

  @Override
  public RowMath rows() {
    return kernels.rows();
  }
}
