package fathom.tensor;

/// Finds the scale (and minimum) with which a few integers represent a sub-block of numbers best.
///
/// Rounding to a grid and fitting the grid to the rounded numbers by least squares are alternated
/// over a row of trial grids, as ggml does for its K-quants; unlike ggml every number counts the
/// same, so the result is the best of the trials in the sense of the root mean square error. One
/// search is used by one thread; its fields are the result and scratch space.
final class ScaleSearch {
  private static final int TRIALS = 10;
  private static final int REFINEMENTS = 4;
  private static final float STEP = 0.1f;
  private static final float TINY = 1e-15f;

  /// The scale found.
  float scale;

  /// What is subtracted after scaling: `x = scale * q - minimum`.
  float minimum;

  // Sums over the trial's integers.
  private double sumQ;
  private double sumQQ;
  private double sumXQ;
  private double sumX;
  private double error;
  private double slope;
  private double offset;

  /// Finds `scale` so that `x = scale * q` with q in `-levels .. levels - 1`.
  void symmetric(float[] x, int start, int count, int levels) {
    float farthest = 0;
    for (int i = start; i < start + count; i++) {
      farthest = Math.abs(x[i]) > Math.abs(farthest) ? x[i] : farthest;
    }
    scale = 0;
    minimum = 0;
    if (!(Math.abs(farthest) >= TINY)) {
      return;
    }
    double best = 0;
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      float inverse = -(levels + STEP * trial) / farthest;
      round(x, start, count, inverse, 0, new Levels(-levels, levels - 1));
      // The least-squares scale explains sumXQ² / sumQQ of the numbers' energy.
      double explained = sumQQ > 0 ? sumXQ * sumXQ / sumQQ : 0;
      if (explained > best) {
        best = explained;
        scale = (float) (sumXQ / sumQQ);
      }
    }
  }

  /// Finds `scale` and `minimum` so that `x = scale * q - minimum` with q in `0 .. levels - 1`;
  /// where `zeroWithin`, zero can be represented: the minimum is not negative.
  void withMinimum(float[] x, int start, int count, int levels, boolean zeroWithin) {
    float low = zeroWithin ? Math.min(0, x[start]) : x[start];
    float high = x[start];
    sumX = 0;
    for (int i = start; i < start + count; i++) {
      low = Math.min(low, x[i]);
      high = Math.max(high, x[i]);
      sumX += x[i];
    }
    scale = 0;
    minimum = -low;
    if (!(high - low >= TINY)) {
      return;
    }
    error = Double.POSITIVE_INFINITY;
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      float inverse = (levels - 1 + STEP * trial) / (high - low);
      round(x, start, count, inverse, low, new Levels(0, levels - 1));
      fitLine(count, zeroWithin);
      round(x, start, count, (float) (1 / slope), (float) offset, new Levels(0, levels - 1));
      fitLine(count, zeroWithin);
    }
    boolean better = error < Double.POSITIVE_INFINITY;
    for (int i = 0; better && i < REFINEMENTS; i++) {
      round(x, start, count, 1 / scale, -minimum, new Levels(0, levels - 1));
      better = fitLine(count, zeroWithin);
    }
  }

  /// Fits a line to the rounded numbers and keeps it if it is better than the best so far.
  private boolean fitLine(int count, boolean zeroWithin) {
    double determinant = count * sumQQ - sumQ * sumQ;
    if (determinant <= 0) {
      return false;
    }
    slope = (count * sumXQ - sumX * sumQ) / determinant;
    offset = (sumQQ * sumX - sumQ * sumXQ) / determinant;
    if (zeroWithin && offset > 0) {
      offset = 0;
      slope = sumXQ / sumQQ;
    }
    // The squared error less the constant sum of x².
    double squared =
        slope * (slope * sumQQ + 2 * offset * sumQ - 2 * sumXQ)
            + offset * (offset * count - 2 * sumX);
    if (squared >= error) {
      return false;
    }
    error = squared;
    scale = (float) slope;
    minimum = (float) -offset;
    return true;
  }

  /// The whole numbers that a block can hold.
  private record Levels(int least, int most) {}

  private void round(float[] x, int start, int count, float inverse, float bottom, Levels levels) {
    int least = levels.least();
    int most = levels.most();
    int integers = 0;
    int squares = 0;
    double products = 0;
    // Truncation rounds to the nearest if nothing is negative.
    float shift = 0.5f - least;
    for (int i = start; i < start + count; i++) {
      float level = inverse * (x[i] - bottom) + shift;
      int q = Math.min(Math.max((int) level, 0), most - least) + least;
      integers += q;
      squares += q * q;
      products += (double) x[i] * q;
    }
    sumQ = integers;
    sumQQ = squares;
    sumXQ = products;
  }
}
