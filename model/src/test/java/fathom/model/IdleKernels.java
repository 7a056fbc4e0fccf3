package fathom.model;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.HeadColumns;
import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.RmsNormGradients;
import fathom.tensor.RotaryTable;
import fathom.tensor.RowGroups;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.util.List;

/// Kernels that compute nothing: what is left is what the model itself does.
final class IdleKernels implements Kernels {
  private final Workers workers = Workers.serial();

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public Workers workers() {
    return workers;
  }

  @Override
  public void matmul(WeightMatrix w, Matrix x, Matrix y) {}

  @Override
  public void addMatmulTransposed(WeightMatrix w, Matrix x, Matrix y) {}

  @Override
  public void addOuterProduct(Matrix dy, Matrix x, Matrix dw) {}

  @Override
  public void groupedMatmul(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {}

  @Override
  public void addGroupedMatmulTransposed(
      List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {}

  @Override
  public void addGroupedOuterProduct(RowGroups groups, Matrix dy, Matrix x, List<Matrix> dw) {}

  @Override
  public void headMatmul(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {}

  @Override
  public void addHeadMatmulTransposed(
      List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {}

  @Override
  public void attention(
      AttentionShape shape, List<AttentionSpan> spans, Matrix q, Matrix out, Matrix logSumExp) {}

  @Override
  public void attentionBackward(
      AttentionShape shape, List<AttentionSpan> spans, AttentionGradients g) {}

  @Override
  public void gatherRows(WeightMatrix table, int[] ids, Matrix y) {}

  @Override
  public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix y) {}

  @Override
  public void rmsNormBackward(RmsNormGradients g, float eps) {}

  @Override
  public void rope(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {}

  @Override
  public void ropeInverse(RotaryTable table, int[] positions, HeadColumns heads, Matrix x) {}

  @Override
  public void softmax(Matrix x) {}

  @Override
  public void siluMul(Matrix gate, Matrix up, Matrix y) {}

  @Override
  public void siluMulBackward(Matrix gate, Matrix up, Matrix dy, Matrix dGate, Matrix dUp) {}

  @Override
  public void addScaled(float a, Matrix x, Matrix y) {}
}
