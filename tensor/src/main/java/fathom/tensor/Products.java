package fathom.tensor;

import java.util.Arrays;
import java.util.List;

/// A list of products of one shape that are computed as one operation: a single one, one for each
/// group of rows, or one for each head. Filled anew for each operation, without garbage.
final class Products {
  private WeightMatrix[] weights = new WeightMatrix[1];
  private long[] inputs = new long[1];
  private long[] outputs = new long[1];
  private int[] tokens = new int[1];
  private int count;
  private long inputStride;
  private long outputStride;

  private void clear(int capacity, Matrix x, Matrix y) {
    if (weights.length < capacity) {
      weights = new WeightMatrix[capacity];
      inputs = new long[capacity];
      outputs = new long[capacity];
      tokens = new int[capacity];
    }
    count = 0;
    inputStride = (long) x.stride() * Float.BYTES;
    outputStride = (long) y.stride() * Float.BYTES;
  }

  private void add(WeightMatrix w, long input, long output, int rows) {
    if (rows > 0) {
      weights[count] = w;
      inputs[count] = input;
      outputs[count] = output;
      tokens[count] = rows;
      count++;
    }
  }

  void setSingle(WeightMatrix w, Matrix x, Matrix y) {
    clear(1, x, y);
    add(w, x.address(), y.address(), x.rows());
  }

  void setGroups(List<WeightMatrix> w, RowGroups groups, Matrix x, Matrix y) {
    clear(groups.groups(), x, y);
    for (int g = 0; g < groups.groups(); g++) {
      long start = groups.start(g);
      add(
          w.get(g),
          x.address() + start * inputStride,
          y.address() + start * outputStride,
          groups.size(g));
    }
  }

  void setHeads(List<WeightMatrix> w, HeadColumns xHeads, Matrix x, HeadColumns yHeads, Matrix y) {
    clear(w.size(), x, y);
    for (int h = 0; h < w.size(); h++) {
      add(
          w.get(h),
          x.address() + (long) xHeads.first(h) * Float.BYTES,
          y.address() + (long) yHeads.first(h) * Float.BYTES,
          x.rows());
    }
  }

  /// Lets go of the weights, so that a provider keeps no mapped file alive.
  void release() {
    Arrays.fill(weights, 0, count, null);
    count = 0;
  }

  int count() {
    return count;
  }

  WeightMatrix weight(int i) {
    return weights[i];
  }

  long input(int i) {
    return inputs[i];
  }

  long inputStride() {
    return inputStride;
  }

  long output(int i) {
    return outputs[i];
  }

  long outputStride() {
    return outputStride;
  }

  int tokens(int i) {
    return tokens[i];
  }

  /// Multiplications of all products.
  long multiplications() {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (long) tokens[i] * weights[i].rows() * weights[i].columns();
    }
    return sum;
  }
}
