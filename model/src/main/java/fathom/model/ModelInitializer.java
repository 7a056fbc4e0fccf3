package fathom.model;

import fathom.tensor.Matrix;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Fresh weights: matrices normal with the configuration's standard deviation (`initializer_range`;
/// V3 was started with 0.006), norms one, biases zero.
///
/// Every row has random numbers of its own, from the seed, the parameter's name and the row's
/// number alone. So a model of any size can be made piece by piece, in any order and on any number
/// of threads, without ever being in memory.
public final class ModelInitializer {
  private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private final long seed;
  private final float deviation;

  /// Weights for a configuration; the same seed gives the same weights.
  public ModelInitializer(ModelConfig config, long seed) {
    this.seed = seed;
    this.deviation = config.weights().initializerRange();
  }

  /// Fills rows of a parameter; a vector is one row.
  ///
  /// @param firstRow number of the first of `rows` in the parameter
  /// @param rows `[some, columns]`
  /// @throws IllegalArgumentException if the parameter has no such rows
  public void fill(Parameter parameter, int firstRow, Matrix rows) {
    if (firstRow < 0
        || rows.rows() > parameter.rows() - firstRow
        || rows.columns() != parameter.columns()) {
      throw new IllegalArgumentException(
          "%s: expected rows within %d x %d, found %s from row %d"
              .formatted(parameter.name(), parameter.rows(), parameter.columns(), rows, firstRow));
    }
    switch (parameter.role()) {
      case NORM -> rows.fill(1);
      case BIAS, CORRECTION_BIAS, ADAPTER_OUTPUT -> rows.fill(0);
      case EMBEDDING, MATRIX, EXPERT, HEAD, ROUTER -> fillNormal(parameter, firstRow, rows);
    }
  }

  /// Fills all parameters of a set, which are bound to float32 memory.
  public void fill(ParameterSet parameters) {
    for (Parameter parameter : parameters.all()) {
      fill(parameter, 0, parameter.values());
    }
  }

  private void fillNormal(Parameter parameter, int firstRow, Matrix rows) {
    long name = mix(seed ^ mix(hash(parameter.name())));
    for (int row = 0; row < rows.rows(); row++) {
      RandomGenerator random = FACTORY.create(mix(name + firstRow + row));
      for (int column = 0; column < rows.columns(); column++) {
        rows.set(row, column, (float) (random.nextGaussian() * deviation));
      }
    }
  }

  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L; // FNV-1a
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /// SplitMix64's finalizer.
  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }
}
