package fathom.tensor.x86;

import fathom.tensor.DType;
import fathom.tensor.GatedGradients;
import fathom.tensor.GatedKernels;
import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.Matrix;
import fathom.tensor.Operands;
import fathom.tensor.RowMath;
import fathom.tensor.WeightMatrix;
import fathom.tensor.Workers;
import java.util.List;

/// Gated layers of float32 matrices, in BF16: the checks before [GatedForward] and [GatedBackward].
final class TileGated implements GatedKernels {
  private final GatedForward forward;
  private final GatedBackward backward;

  TileGated(Workers workers, KernelSet kernels, RowMath math) {
    forward = new GatedForward(workers, kernels, math);
    backward = new GatedBackward(workers, kernels, math);
  }

  @Override
  public boolean serves(GatedLayers layers) {
    return layers.count() > 0
        && layers.hidden() > 0
        && layers.width() > 0
        && areFloats(layers.gate())
        && areFloats(layers.up())
        && areFloats(layers.down());
  }

  private static boolean areFloats(List<WeightMatrix> weights) {
    return weights.stream().allMatch(w -> w.type() == DType.F32);
  }

  @Override
  public void forward(GatedLayers layers, GatedRows rows, GatedValues values) {
    require(layers, rows, values);
    Operands.requireSize("gated y", values.y(), rows.groups().rows(), layers.hidden());
    Door.requireAlive(values.y());
    forward.run(layers, rows, values);
  }

  @Override
  public void backward(
      GatedLayers layers, GatedRows rows, GatedValues values, GatedGradients gradients) {
    require(layers, rows, values);
    int count = rows.groups().rows();
    Operands.requireSize("gated dy", gradients.dy(), values.x().rows(), layers.hidden());
    Operands.requireSize("gated dx", gradients.dx(), count, layers.hidden());
    Door.requireAlive(gradients.dy());
    Door.requireAlive(gradients.dx());
    requireColumn("gated weights", gradients.weights(), count);
    requireColumn("gated dWeights", gradients.dWeights(), count);
    int matrices = gradients.dGate().isEmpty() ? 0 : layers.count();
    for (List<Matrix> list : List.of(gradients.dGate(), gradients.dUp(), gradients.dDown())) {
      Operands.requireCount("gated gradients", matrices, list.size());
      boolean isDown = list == gradients.dDown();
      int outputs = isDown ? layers.hidden() : layers.width();
      int inputs = isDown ? layers.width() : layers.hidden();
      for (Matrix gradient : list) {
        Operands.requireSize("gated gradient", gradient, outputs, inputs);
        Door.requireAlive(gradient);
      }
    }
    backward.run(layers, rows, values, gradients);
  }

  private static void requireColumn(
      String name, @org.jspecify.annotations.Nullable Matrix m, int rows) {
    if (m != null) {
      Operands.requireSize(name, m, rows, 1);
      Door.requireAlive(m);
    }
  }

  private static void require(GatedLayers layers, GatedRows rows, GatedValues values) {
    Operands.requireCount("gated groups", layers.count(), rows.groups().groups());
    Door.requireSizes(rows.groups());
    int count = rows.groups().rows();
    Operands.requireCount("gated columns of x", layers.hidden(), values.x().columns());
    Operands.requireSize("gated gate", values.gate(), count, layers.width());
    Operands.requireSize("gated up", values.up(), count, layers.width());
    Door.requireAlive(layers.gate(), values.x(), values.gate());
    Door.requireAlive(layers.up(), values.x(), values.up());
    Door.requireAlive(layers.down(), values.x(), values.gate());
    for (int row = 0; row < count; row++) {
      int source = rows.source().row(row);
      if (source < 0 || source >= values.x().rows()) {
        throw new IllegalArgumentException(
            "gated rows: expected sources below %d, found %d".formatted(values.x().rows(), source));
      }
    }
  }
}
