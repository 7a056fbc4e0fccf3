package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.util.Arrays;

/// The attention of some query rows with some query heads of one key/value head: every pair of them
/// is a row of queries, scores and results, head by head within row by row.
final class AttentionPart {
  /// First query row within the span, and how many.
  int row;

  int rows;

  /// First query head, and how many; all read one key/value head.
  int head;

  int heads;

  private final float[] maxima = new float[AttentionTask.PAIRS];
  private final float[] sums = new float[AttentionTask.PAIRS];
  private final int[] seen = new int[AttentionTask.PAIRS];

  void compute(AttentionTask task, AttentionSpan span, Scratch scratch) {
    AttentionShape shape = task.shape();
    int pairs = rows * heads;
    int valueDim = shape.valueDim();
    long queries =
        scratch.buffer(Scratch.Buffer.QUERIES, 4L * pairs * StoredBlock.padded(shape.keyDim()));
    copyQueries(task, span, queries);
    long outputs = scratch.buffer(Scratch.Buffer.OUTPUTS, 4L * pairs * valueDim);
    VectorRows.zero(outputs, (long) pairs * valueDim);
    long scores = scratch.buffer(Scratch.Buffer.SCORES, 4L * pairs * StoredBlock.ROWS);
    Arrays.fill(maxima, 0, pairs, Float.NEGATIVE_INFINITY);
    Arrays.fill(sums, 0, pairs, 0);
    StoredBlock block = scratch.stored;
    block.setHead(shape, shape.keyValueHead(head));
    int end = span.startPosition() + row + rows;
    for (int first = 0; first < end; first += StoredBlock.ROWS) {
      block.provide(span.stored(), first, end, scratch);
      block.scores(queries, pairs, scores, scratch);
      for (int pair = 0; pair < pairs; pair++) {
        int visible = span.startPosition() + row + pair / heads + 1 - first;
        seen[pair] = Math.clamp(visible, 0, block.count);
        if (seen[pair] > 0) {
          addToSoftmax(pair, scores + 4L * pair * StoredBlock.ROWS, outputs, valueDim);
        }
      }
      addValues(pairs, valueDim, scores, outputs, scratch);
    }
    finish(task, span, outputs);
  }

  /// Copies the queries, times the scale of the scores, each padded with zeros to whole vectors.
  private void copyQueries(AttentionTask task, AttentionSpan span, long queries) {
    int dim = task.shape().keyDim();
    int stride = StoredBlock.padded(dim);
    for (int pair = 0; pair < rows * heads; pair++) {
      long from =
          task.q.at(span.firstRow() + row + pair / heads) + 4L * (head + pair % heads) * dim;
      long to = queries + 4L * pair * stride;
      scaled(from, dim, task.shape().scale(), to);
      VectorRows.zero(to + 4L * dim, stride - dim);
    }
  }

  /// `target = source * factor` for a row.
  static void scaled(long source, int count, float factor, long target) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      fromMemorySegment(FLOATS, ALL, source + 4L * i, ORDER)
          .mul(factor)
          .intoMemorySegment(ALL, target + 4L * i, ORDER);
    }
    for (int i = whole; i < count; i++) {
      NativeMemory.setFloat(target + 4L * i, NativeMemory.getFloat(source + 4L * i) * factor);
    }
  }

  /// Turns the scores of a block into weights; if the maximum rises, what was added up so far is
  /// scaled down to it.
  private void addToSoftmax(int pair, long scores, long outputs, int valueDim) {
    float max = Math.max(maxima[pair], VectorRows.max(scores, seen[pair]));
    if (max != maxima[pair]) {
      float factor = VectorMath.exp(maxima[pair] - max);
      sums[pair] *= factor;
      PlainDecoder.scale(outputs + 4L * pair * valueDim, valueDim, factor);
      maxima[pair] = max;
    }
    sums[pair] += VectorRows.expAndSum(scores, seen[pair], max);
  }

  /// Adds the weighted values, for three pairs at a time as far as all three see, then for each
  /// pair what it sees beyond.
  private void addValues(int pairs, int valueDim, long scores, long outputs, Scratch scratch) {
    StoredBlock block = scratch.stored;
    AxpyTile axpy = scratch.axpy;
    axpy.aRowStride = 4L * StoredBlock.ROWS;
    axpy.aColumnStride = Float.BYTES;
    axpy.bStride = block.valueStride;
    axpy.cStride = 4L * valueDim;
    for (int first = 0; first < pairs; first += 3) {
      int size = Math.min(3, pairs - first);
      int common = seen[first];
      for (int pair = first + 1; pair < first + size; pair++) {
        common = Math.min(common, seen[pair]);
      }
      axpy.a = scores + first * axpy.aRowStride;
      axpy.b = block.values;
      axpy.c = outputs + first * axpy.cStride;
      axpy.terms = common;
      axpy.run(size, valueDim);
      axpy.a += 4L * common;
      axpy.b += common * block.valueStride;
      for (int i = 0; i < size; i++) {
        axpy.terms = seen[first + i] - common;
        if (axpy.terms > 0) {
          axpy.runOne(i, valueDim);
        }
      }
    }
  }

  private void finish(AttentionTask task, AttentionSpan span, long outputs) {
    int valueDim = task.shape().valueDim();
    for (int pair = 0; pair < rows * heads; pair++) {
      int target = span.firstRow() + row + pair / heads;
      int column = head + pair % heads;
      long to = task.out.at(target) + 4L * column * valueDim;
      scaled(outputs + 4L * pair * valueDim, valueDim, 1 / sums[pair], to);
      float logSum = (float) (maxima[pair] + Math.log(sums[pair]));
      NativeMemory.setFloat(task.logSumExp.at(target) + 4L * column, logSum);
    }
  }
}
