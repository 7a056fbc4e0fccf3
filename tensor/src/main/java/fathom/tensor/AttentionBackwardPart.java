package fathom.tensor;

import static fathom.tensor.Lanes.FLOATS;
import static fathom.tensor.Lanes.ORDER;
import static fathom.tensor.NativeMemory.ALL;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/// The gradients that some query rows give with all query heads of one key/value head: every pair
/// of a row and a head is a row of queries, output gradients and scores.
final class AttentionBackwardPart {
  /// First query row within the span, and how many.
  int row;

  int rows;

  /// First query head, and how many.
  int head;

  int heads;

  private long queries;
  private long dOut;
  private long dQ;
  private long weights;
  private long dScores;
  private int queryStride;
  private int dOutStride;

  void compute(
      AttentionShape shape,
      AttentionSpan span,
      AttentionGradients g,
      Matrix dStored,
      Scratch scratch) {
    takeBuffers(shape, scratch);
    copyRows(shape, span, g);
    int pairs = rows * heads;
    VectorRows.zero(dQ, (long) pairs * shape.keyDim());
    StoredBlock block = scratch.stored;
    int keyValueHead = shape.keyValueHead(head);
    block.setHead(shape, keyValueHead);
    int end = span.startPosition() + row + rows;
    for (int first = 0; first < end; first += StoredBlock.ROWS) {
      block.provide(span.stored(), first, end, scratch);
      block.scores(queries, pairs, weights, scratch);
      block.valueProducts(dOut, pairs, dScores, scratch);
      for (int pair = 0; pair < pairs; pair++) {
        int visible = span.startPosition() + row + pair / heads + 1 - first;
        scoreGradients(pair, Math.clamp(visible, 0, block.count), span, g);
      }
      long stored = dStored.address() + 4L * first * dStored.stride();
      int firstValue = shape.valueOffset() + keyValueHead * shape.valueDim();
      AxpyTile axpy = scratch.axpy;
      axpy.cStride = 4L * dStored.stride();
      axpy.c = stored + 4L * firstValue;
      addToStored(axpy, weights, dOut, dOutStride);
      axpy.run(block.count, shape.valueDim());
      axpy.c = stored + 4L * keyValueHead * shape.keyDim();
      addToStored(axpy, dScores, queries, queryStride);
      axpy.run(block.count, shape.keyDim());
      addToQueries(axpy, block, shape.keyDim());
      axpy.run(pairs, shape.keyDim());
    }
    addQueryGradients(shape, span, g.dQ());
  }

  private void takeBuffers(AttentionShape shape, Scratch scratch) {
    int pairs = rows * heads;
    queryStride = StoredBlock.padded(shape.keyDim());
    dOutStride = StoredBlock.padded(shape.valueDim());
    queries = scratch.buffer(Scratch.Buffer.QUERIES, 4L * pairs * queryStride);
    dOut = scratch.buffer(Scratch.Buffer.OUTPUTS, 4L * pairs * dOutStride);
    dQ = scratch.buffer(Scratch.Buffer.QUERY_GRADIENTS, 4L * pairs * shape.keyDim());
    weights = scratch.buffer(Scratch.Buffer.SCORES, 4L * pairs * StoredBlock.ROWS);
    dScores = scratch.buffer(Scratch.Buffer.GRADIENTS, 4L * pairs * StoredBlock.ROWS);
  }

  private void copyRows(AttentionShape shape, AttentionSpan span, AttentionGradients g) {
    for (int pair = 0; pair < rows * heads; pair++) {
      int token = span.firstRow() + row + pair / heads;
      int column = head + pair % heads;
      long query = queries + 4L * pair * queryStride;
      long from = g.q().rowAddress(token) + 4L * column * shape.keyDim();
      AttentionPart.scaled(from, shape.keyDim(), shape.scale(), query);
      VectorRows.zero(query + 4L * shape.keyDim(), queryStride - shape.keyDim());
      long gradient = dOut + 4L * pair * dOutStride;
      from = g.dOut().rowAddress(token) + 4L * column * shape.valueDim();
      AttentionPart.scaled(from, shape.valueDim(), 1, gradient);
      VectorRows.zero(gradient + 4L * shape.valueDim(), dOutStride - shape.valueDim());
    }
  }

  /// Turns scores into weights `p = exp(s - logSumExp)` and the products `dOut·v` into the scores'
  /// gradients `p (dOut·v - dOut·out)`; zeros where the query does not see.
  private void scoreGradients(int pair, int seen, AttentionSpan span, AttentionGradients g) {
    int token = span.firstRow() + row + pair / heads;
    int column = head + pair % heads;
    int valueDim = g.out().columns() / g.logSumExp().columns();
    float logSum = g.logSumExp().get(token, column);
    long out = g.out().rowAddress(token) + 4L * column * valueDim;
    float outDot = VectorRows.dot(dOut + 4L * pair * dOutStride, out, valueDim);
    long p = weights + 4L * pair * StoredBlock.ROWS;
    long ds = dScores + 4L * pair * StoredBlock.ROWS;
    int whole = Lanes.whole(seen);
    for (int i = 0; i < whole; i += Lanes.LENGTH) {
      FloatVector weight =
          VectorMath.exp(fromMemorySegment(FLOATS, ALL, p + 4L * i, ORDER).sub(logSum));
      weight.intoMemorySegment(ALL, p + 4L * i, ORDER);
      weight
          .mul(fromMemorySegment(FLOATS, ALL, ds + 4L * i, ORDER).sub(outDot))
          .intoMemorySegment(ALL, ds + 4L * i, ORDER);
    }
    for (int i = whole; i < seen; i++) {
      float weight = VectorMath.exp(NativeMemory.getFloat(p + 4L * i) - logSum);
      NativeMemory.setFloat(p + 4L * i, weight);
      float gradient = weight * (NativeMemory.getFloat(ds + 4L * i) - outDot);
      NativeMemory.setFloat(ds + 4L * i, gradient);
    }
    VectorRows.zero(p + 4L * seen, StoredBlock.ROWS - seen);
    VectorRows.zero(ds + 4L * seen, StoredBlock.ROWS - seen);
  }

  /// `stored_j += Σ over pairs of factor[pair, j] * rows[pair]`.
  private void addToStored(AxpyTile axpy, long factors, long pairRows, int stride) {
    axpy.a = factors;
    axpy.aRowStride = Float.BYTES;
    axpy.aColumnStride = 4L * StoredBlock.ROWS;
    axpy.b = pairRows;
    axpy.bStride = 4L * stride;
    axpy.terms = rows * heads;
  }

  /// `dq[pair] += Σ over keys of dScore[pair, j] * key_j`.
  private void addToQueries(AxpyTile axpy, StoredBlock block, int keyDim) {
    axpy.a = dScores;
    axpy.aRowStride = 4L * StoredBlock.ROWS;
    axpy.aColumnStride = Float.BYTES;
    axpy.b = block.keys;
    axpy.bStride = block.keyStride;
    axpy.c = dQ;
    axpy.cStride = 4L * keyDim;
    axpy.terms = block.count;
  }

  private void addQueryGradients(AttentionShape shape, AttentionSpan span, Matrix target) {
    int dim = shape.keyDim();
    for (int pair = 0; pair < rows * heads; pair++) {
      long from = dQ + 4L * pair * dim;
      long to =
          target.rowAddress(span.firstRow() + row + pair / heads)
              + 4L * (head + pair % heads) * dim;
      int whole = Lanes.whole(dim);
      FloatVector scale = FloatVector.broadcast(FLOATS, shape.scale());
      for (int i = 0; i < whole; i += Lanes.LENGTH) {
        fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER)
            .fma(scale, fromMemorySegment(FLOATS, ALL, to + 4L * i, ORDER))
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
      for (int i = whole; i < dim; i++) {
        float sum =
            Math.fma(
                NativeMemory.getFloat(from + 4L * i),
                shape.scale(),
                NativeMemory.getFloat(to + 4L * i));
        NativeMemory.setFloat(to + 4L * i, sum);
      }
    }
  }
}
