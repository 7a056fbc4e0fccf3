package fathom.training;

import fathom.model.Parameter;
import fathom.model.ParameterSet;
import fathom.tensor.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// Keeps the norm of all gradients together below a limit (V3: 1.0).
public final class GradientClipping {
  private static final int LANES = 8;

  private final double limit;
  private final Workers workers;
  private final List<Parameter> parameters;
  private final List<ParameterPart> parts;
  private final double[] squares;

  /// Clipping of the gradients of a set.
  ///
  /// @param limit the largest norm that is let through; 0 for none
  public GradientClipping(ParameterSet set, double limit, Workers workers) {
    this.limit = limit;
    this.workers = workers;
    parameters = ParameterPart.trained(set.all());
    parts = ParameterPart.cut(parameters);
    squares = new double[parts.size()];
  }

  /// The Euclidean norm over all gradients, summed in a fixed order.
  public double norm() {
    workers.run(parts.size(), part -> squares[part] = squares(parts.get(part)));
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    return Math.sqrt(sum);
  }

  /// The factor on gradients of this norm.
  public float factor(double norm) {
    return limit > 0 && norm > limit ? (float) (limit / norm) : 1;
  }

  private double squares(ParameterPart part) {
    MemorySegment gradient =
        Objects.requireNonNull(parameters.get(part.parameter()).gradient()).segment();
    float[] values = new float[part.count()];
    MemorySegment.copy(gradient, ValueLayout.JAVA_FLOAT, part.firstByte(), values, 0, part.count());
    double[] sums = new double[LANES];
    int whole = values.length - values.length % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        sums[lane] += (double) values[i + lane] * values[i + lane];
      }
    }
    double sum = 0;
    for (double lane : sums) {
      sum += lane;
    }
    for (int i = whole; i < values.length; i++) {
      sum += (double) values[i] * values[i];
    }
    return sum;
  }
}
