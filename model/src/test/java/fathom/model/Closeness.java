package fathom.model;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Matrix;

/// Comparisons of matrices that show where they differ most.
final class Closeness {
  private Closeness() {}

  static void assertClose(String what, float[][] found, Matrix expected, double tolerance) {
    assertThat(found.length).as(what + " rows").isEqualTo(expected.rows());
    for (int row = 0; row < found.length; row++) {
      assertClose(what + " row " + row, found[row], expected.toArray(row), tolerance);
    }
  }

  static void assertClose(String what, float[] found, float[] expected, double tolerance) {
    assertThat(found.length).as(what).isEqualTo(expected.length);
    assertThat(largestDifference(found, expected)).as(what).isLessThanOrEqualTo(tolerance);
  }

  static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      largest = difference > largest || Double.isNaN(difference) ? difference : largest;
    }
    return largest;
  }
}
