package fathom.cli;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RmsNormGradients;
import fathom.tensor.RotaryTable;
import fathom.tensor.RowGroups;
import fathom.tensor.RowMath;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.util.List;

/// Kernels whose operations are timed, each under its kind.
final class TimedKernels implements Kernels {
  private final Kernels kernels;
  private final StepTimes times;

  TimedKernels(Kernels kernels, StepTimes times) {
    this.kernels = kernels;
    this.times = times;
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
    return new TimedKernels(kernels.exact(), times);
  }

  @Override
  public void prepare(List<WeightMatrix> weights) {
    kernels.prepare(weights);
  }

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.matmul(w, x, y));
  }

  @Override
  public void matmulAll(List<WeightMatrix> w, Matrix x, List<Matrix> y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.matmulAll(w, x, y));
  }

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.addMatmulTransposed(w, x, y));
  }

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.addOuterProduct(dy, x, dw));
  }

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.groupedMatmul(w, groups, x, y));
  }

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.addGroupedMatmulTransposed(w, groups, x, y));
  }

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.addGroupedOuterProduct(groups, dy, x, dw));
  }

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.headMatmul(w, xHeads, x, yHeads, y));
  }

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    times.time(
        StepTimes.Kind.PRODUCTS, () -> kernels.addHeadMatmulTransposed(w, xHeads, x, yHeads, y));
  }

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {
    times.time(StepTimes.Kind.ATTENTION, () -> kernels.attention(shape, spans, q, out, logSumExp));
  }

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {
    times.time(StepTimes.Kind.ATTENTION, () -> kernels.attentionBackward(shape, spans, g));
  }

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.gatherRows(table, ids, y));
  }

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.rmsNorm(x, weight, eps, y));
  }

  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.rmsNormBackward(g, eps));
  }

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.rope(table, positions, heads, x));
  }

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.ropeInverse(table, positions, heads, x));
  }

  @Override
  public void softmax(Matrix x) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.softmax(x));
  }

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.siluMul(gate, up, y));
  }

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.siluMulBackward(gate, up, dy, dGate, dUp));
  }

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.addScaled(a, x, y));
  }

  @Override
  public void matmulTransposed(WeightMatrix w, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.matmulTransposed(w, x, y));
  }

  @Override
  public void groupedMatmulTransposed(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    times.time(StepTimes.Kind.PRODUCTS, () -> kernels.groupedMatmulTransposed(w, groups, x, y));
  }

  @Override
  public void add(Matrix a, Matrix b, Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.add(a, b, y));
  }

  @Override
  public void clear(Matrix y) {
    times.time(StepTimes.Kind.ROWS, () -> kernels.clear(y));
  }

  @Override
  public RowMath rows() {
    return kernels.rows();
  }
}
