package fathom.training;

import fathom.model.Parameter;
import fathom.tensor.Matrix;
import java.util.SplittableRandom;

/// Finite differences of a whole model: along one random direction of all its weights.
final class GradientChecks {
  private GradientChecks() {}

  /// Moves every weight along the direction of a seed.
  static void move(TrainedModel model, double step, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : model.parameters().all()) {
      Matrix values = parameter.values();
      for (int row = 0; row < values.rows(); row++) {
        for (int column = 0; column < values.columns(); column++) {
          double direction = random.nextDouble(-1, 1);
          values.set(row, column, (float) (values.get(row, column) + step * direction));
        }
      }
    }
  }

  /// The slope that the gradients have along the direction of a seed.
  static double slope(TrainedModel model, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double sum = 0;
    for (Parameter parameter : model.parameters().all()) {
      Matrix gradient = parameter.gradient();
      for (int row = 0; row < parameter.rows(); row++) {
        for (int column = 0; column < parameter.columns(); column++) {
          double direction = random.nextDouble(-1, 1);
          sum += gradient == null ? 0 : direction * gradient.get(row, column);
        }
      }
    }
    return sum;
  }
}
