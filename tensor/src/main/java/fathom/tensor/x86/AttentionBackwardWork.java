package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.AttentionGradients;
import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import fathom.tensor.RowMath;
import java.lang.foreign.ValueLayout;

/// The gradients of one span and one key/value head, in BF16: blocks of pairs of a query row and a
/// head ([QueryPairs]) with chunks of positions. One for each thread, reused.
///
/// ```
/// keys · queries        ─► scores    s  [positions, pairs] ┐  p = exp(scale s - logSumExp)
/// values · dOut         ─► products dp  [positions, pairs] ┘  ds = p (dp - Σ out dOut) scale
/// dValues += p · dOut      dKeys += ds · queries      dQueries += dsᵀ · keys
/// ```
///
/// The weights p are computed again from the kept logSumExp (arXiv 2205.14135).
final class AttentionBackwardWork {
  private static final int CHUNK = AttentionWork.CHUNK;
  private static final int BLOCK = 128;
  private static final int STEP = 32;
  private static final long SCORE_ROW_BYTES = 4L * BLOCK;
  private static final int FLOATS = 4 * BLOCK;
  private static final int SEEN = 0, LOG_SUMS = FLOATS, D = 2 * FLOATS, ONES = 3 * FLOATS;
  private static final int STATISTICS = 4 * FLOATS;

  private final QueryPairs pairs = new QueryPairs();
  private final KeyValuePacker.Chunk chunk = new KeyValuePacker.Chunk();
  private final KernelSet kernels;
  private final RowMath math;
  private final KeyValuePacker packer;
  private final RowPacker rowPacker;
  private final PairPacker pairPacker;
  private final TileBlocks blocks;
  private final Packed packed = new Packed();

  AttentionBackwardWork(KernelSet kernels, RowMath math) {
    this.kernels = kernels;
    this.math = math;
    packer = new KeyValuePacker(kernels);
    rowPacker = new RowPacker(kernels);
    pairPacker = new PairPacker(kernels);
    blocks = new TileBlocks(kernels);
  }

  /// Where the packed factors lie: keys and values of all positions, queries and output gradients
  /// of a block of pairs, each in the two forms that products need.
  private static final class Packed {
    long chunks;
    long queries;
    long queryPairs;
    long outputs;
    long outputPairs;
    long gathered;
  }

  /// Adds all gradients of a key/value head.
  void run(
      AttentionShape shape, AttentionSpan span, int head, AttentionGradients g, Matrix dStored) {
    Scratch scratch = kernels.scratch();
    int end = span.startPosition() + span.rows();
    packed.chunks = scratch.buffer(Scratch.PANELS, chunkOffset(shape, end, end));
    for (int first = 0; first < end; first += CHUNK) {
      packChunk(shape, span, head, first);
    }
    chunk.clear();
    int all = span.rows() * QueryPairs.group(shape);
    for (int first = 0; first < all; first += BLOCK) {
      pairs.set(shape, span, head, first, BLOCK);
      packBlock(shape, g);
      statistics(shape, g);
      long dQueries = scratch.buffer(Scratch.RESULTS, BLOCK * paddedRow(shape.keyDim()));
      for (int position = 0; position < pairs.end(); position += CHUNK) {
        int count = Math.min(CHUNK, end - position);
        int visible = Math.min(count, pairs.end() - position);
        long at = packed.chunks + chunkOffset(shape, position, end);
        scores(shape, at, count, visible);
        gradients(shape, position, visible);
        toStored(shape, head, dStored, position, visible);
        toQueries(shape, at, position, count, dQueries);
      }
      addQueries(shape, g.dQ(), dQueries);
    }
  }

  private static long paddedRow(int columns) {
    return 4L * PANEL * panels(columns);
  }

  // ---- packing
  // ---------------------------------------------------------------------------------------

  /// Bytes of the packed positions before one: keys as rows and as pairs, values as rows.
  private static long chunkOffset(AttentionShape shape, int position, int end) {
    int whole = position / CHUNK;
    int rest = position == end ? position % CHUNK : 0;
    return whole * chunkBytes(shape, CHUNK) + (rest > 0 ? chunkBytes(shape, rest) : 0);
  }

  private static long chunkBytes(AttentionShape shape, int count) {
    return KeyValuePacker.keyBytes(shape, count) + valueRows(shape, count) + keyPairs(shape, count);
  }

  private static long valueRows(AttentionShape shape, int count) {
    return panels(count) * panelBytes(shape.valueDim());
  }

  private static long keyPairs(AttentionShape shape, int count) {
    return panels(shape.keyDim()) * panelBytes(count);
  }

  private static long panelBytes(int contraction) {
    return (long) steps(contraction) * TileKernel.TILE_BYTES;
  }

  private void packChunk(AttentionShape shape, AttentionSpan span, int head, int first) {
    Scratch scratch = kernels.scratch();
    int end = span.startPosition() + span.rows();
    int count = Math.min(CHUNK, end - first);
    long keys = packed.chunks + chunkOffset(shape, first, end);
    long values = keys + KeyValuePacker.keyBytes(shape, count);
    long keyPairs = values + valueRows(shape, count);
    chunk.set(span.stored(), first, count);
    packer.keys(shape, head, chunk, keys, scratch);
    int valueColumn = shape.valueOffset() + head * shape.valueDim();
    packer.rows(valueColumn, shape.valueDim(), chunk, values, scratch);
    packer.pairs(head * shape.keyDim(), shape.keyDim(), chunk, keyPairs, scratch);
  }

  private void packBlock(AttentionShape shape, AttentionGradients g) {
    Scratch scratch = kernels.scratch();
    int queryPanels = BLOCK / PANEL;
    long rows = queryPanels * panelBytes(shape.keyDim());
    long rowPairs = panels(shape.keyDim()) * panelBytes(BLOCK);
    long outRows = queryPanels * panelBytes(shape.valueDim());
    long outPairs = panels(shape.valueDim()) * panelBytes(BLOCK);
    packed.queries = scratch.buffer(Scratch.QUERIES, rows + rowPairs + outRows + outPairs);
    packed.queryPairs = packed.queries + rows;
    packed.outputs = packed.queryPairs + rowPairs;
    packed.outputPairs = packed.outputs + outRows;
    int widest = Math.max(shape.keyDim(), shape.valueDim());
    packed.gathered = scratch.buffer(Scratch.MORE, 4L * BLOCK * widest);
    pack(g.q(), shape.keyDim(), packed.queries, packed.queryPairs);
    pack(g.dOut(), shape.valueDim(), packed.outputs, packed.outputPairs);
  }

  /// A block's rows of a matrix: contracted over their columns to `rows`, over pairs to `rowPairs`.
  private void pack(Matrix m, int columns, long rows, long rowPairs) {
    Scratch scratch = kernels.scratch();
    pairs.gather(m, columns, packed.gathered);
    for (int pair = 0; pair < pairs.count(); pair += PANEL) {
      int count = Math.min(PANEL, pairs.count() - pair);
      scratch.rows.floats(packed.gathered + 4L * pair * columns, 4L * columns, count, columns);
      long panel = rows + pair / PANEL * panelBytes(columns);
      rowPacker.rows(panel, scratch);
      rowPacker.transpose(panel, steps(columns), scratch);
    }
    for (int pair = 0; pair < pairs.count(); pair += STEP) {
      int count = Math.min(STEP, pairs.count() - pair);
      scratch.rows.floats(packed.gathered + 4L * pair * columns, 4L * columns, count, columns);
      long tiles = rowPairs + (long) pair / STEP * TileKernel.TILE_BYTES;
      pairPacker.pack(tiles, panelBytes(BLOCK), scratch);
    }
  }

  /// logSumExp and Σ out dOut of each pair.
  private void statistics(AttentionShape shape, AttentionGradients g) {
    long statistics = kernels.scratch().buffer(Scratch.STATISTICS, STATISTICS);
    int dim = shape.valueDim();
    for (int pair = 0; pair < BLOCK; pair++) {
      float logSum = 0;
      float d = 0;
      if (pair < pairs.count()) {
        logSum = NativeMemory.getFloat(pairs.address(g.logSumExp(), 1, pair));
        long out = pairs.address(g.out(), dim, pair);
        long dOut = pairs.address(g.dOut(), dim, pair);
        d = math.dot(out, dOut, dim);
      }
      NativeMemory.setFloat(statistics + LOG_SUMS + 4L * pair, logSum * Exponential.LOG2_E);
      NativeMemory.setFloat(statistics + D + 4L * pair, d);
      NativeMemory.setFloat(statistics + ONES + 4L * pair, 1);
    }
  }

  // ---- products
  // --------------------------------------------------------------------------------------

  private int pairSteps() {
    return steps(pairs.count());
  }

  private int pairRows() {
    return panels(pairs.count()) * PANEL;
  }

  /// Bytes of scores, whole steps of 32 positions.
  private static long scoreBytes(int visible) {
    return STEP * SCORE_ROW_BYTES * steps(visible);
  }

  /// Scores and products of values with output gradients, one behind the other.
  private void scores(AttentionShape shape, long keys, int count, int visible) {
    Scratch scratch = kernels.scratch();
    long scores = scratch.buffer(Scratch.SUMS, 2 * scoreBytes(visible));
    int positions = panels(visible) * PANEL;
    scratch.a.set(keys, panelBytes(shape.keyDim()), positions);
    scratch.b.set(packed.queries, panelBytes(shape.keyDim()), pairRows());
    scratch.c.set(scores, SCORE_ROW_BYTES, false);
    blocks.multiply(steps(shape.keyDim()), scratch);
    long values = keys + KeyValuePacker.keyBytes(shape, count);
    scratch.a.set(values, panelBytes(shape.valueDim()), positions);
    scratch.b.set(packed.outputs, panelBytes(shape.valueDim()), pairRows());
    scratch.c.set(scores + scoreBytes(visible), SCORE_ROW_BYTES, false);
    blocks.multiply(steps(shape.valueDim()), scratch);
  }

  /// Bytes of the tiles of A, `[positions, pairs]`.
  private static long aBytes(int visible) {
    return 2L * steps(visible) * panelBytes(BLOCK);
  }

  /// Where the tiles lie: p by positions, ds by positions, ds by pairs.
  private long tiles(int visible) {
    long bytes = 2 * aBytes(visible) + BLOCK / PANEL * panelBytes(visible);
    return kernels.scratch().buffer(Scratch.WEIGHTS, bytes);
  }

  /// Weights and gradients of the scores.
  private void gradients(AttentionShape shape, int position, int visible) {
    Scratch scratch = kernels.scratch();
    long statistics = scratch.buffer(Scratch.STATISTICS, STATISTICS);
    for (int pair = 0; pair < BLOCK; pair++) {
      int seen = pairs.seen(pair, position, visible);
      NativeMemory.ALL.set(ValueLayout.JAVA_INT, statistics + SEEN + 4L * pair, seen);
    }
    scratch.set(AttentionGradientKernel.ROW_BYTES, SCORE_ROW_BYTES);
    scratch.set(AttentionGradientKernel.PANELS, 2L * steps(visible));
    scratch.set(
        AttentionGradientKernel.SCALE, Float.floatToRawIntBits(shape.scale()) & 0xffffffffL);
    scratch.set(AttentionGradientKernel.A_PANEL, panelBytes(BLOCK));
    scratch.set(AttentionGradientKernel.B_PANEL, panelBytes(visible));
    for (int step = 0; step < pairSteps(); step++) {
      gradients(step, visible, statistics, scratch);
    }
  }

  /// The same for 32 pairs.
  private void gradients(int step, int visible, long statistics, Scratch scratch) {
    long scores = scratch.buffer(Scratch.SUMS, 0);
    long columns = 4L * STEP * step;
    scratch.set(AttentionGradientKernel.SCORES, scores + columns);
    scratch.set(AttentionGradientKernel.PRODUCTS, scores + scoreBytes(visible) + columns);
    scratch.set(AttentionGradientKernel.SEEN, statistics + SEEN + columns);
    scratch.set(AttentionGradientKernel.LOG_SUMS, statistics + LOG_SUMS + columns);
    scratch.set(AttentionGradientKernel.D, statistics + D + columns);
    long byPositions = tiles(visible) + (long) step * TileKernel.TILE_BYTES;
    scratch.set(AttentionGradientKernel.WEIGHTS, byPositions);
    scratch.set(AttentionGradientKernel.GRADIENTS, byPositions + aBytes(visible));
    long byPairs = tiles(visible) + 2 * aBytes(visible) + 2L * step * panelBytes(visible);
    scratch.set(AttentionGradientKernel.PAIRS, byPairs);
    scratch.call(kernels.attentionGradient());
  }

  /// dValues += p · dOut, dKeys += ds · queries.
  private void toStored(AttentionShape shape, int head, Matrix dStored, int position, int visible) {
    Scratch scratch = kernels.scratch();
    long row = dStored.rowAddress(position);
    long rowBytes = 4L * dStored.stride();
    int valueColumn = shape.valueOffset() + head * shape.valueDim();
    scratch.a.set(tiles(visible), panelBytes(BLOCK), visible);
    scratch.b.set(packed.outputPairs, panelBytes(BLOCK), shape.valueDim());
    scratch.c.set(row + 4L * valueColumn, rowBytes, true);
    blocks.multiply(pairSteps(), scratch);
    scratch.a.set(tiles(visible) + aBytes(visible), panelBytes(BLOCK), visible);
    scratch.b.set(packed.queryPairs, panelBytes(BLOCK), shape.keyDim());
    scratch.c.set(row + 4L * head * shape.keyDim(), rowBytes, true);
    blocks.multiply(pairSteps(), scratch);
  }

  /// dQueries += dsᵀ · keys, in a buffer of the block.
  private void toQueries(AttentionShape shape, long keys, int position, int count, long dQueries) {
    Scratch scratch = kernels.scratch();
    int visible = Math.min(count, pairs.end() - position);
    long byPairs = tiles(visible) + 2 * aBytes(visible);
    for (int panel = 0; panel < panels(pairs.count()); panel++) {
      rowPacker.transpose(byPairs + panel * panelBytes(visible), steps(visible), scratch);
    }
    long keyPairs = keys + KeyValuePacker.keyBytes(shape, count) + valueRows(shape, count);
    scratch.a.set(byPairs, panelBytes(visible), pairRows());
    scratch.b.set(keyPairs, panelBytes(count), panels(shape.keyDim()) * PANEL);
    scratch.c.set(dQueries, paddedRow(shape.keyDim()), position > 0);
    blocks.multiply(steps(visible), scratch);
  }

  private void addQueries(AttentionShape shape, Matrix dQ, long dQueries) {
    Scratch scratch = kernels.scratch();
    int dim = shape.keyDim();
    long ones = scratch.buffer(Scratch.STATISTICS, STATISTICS) + ONES;
    scratch.set(CombineKernel.X_BYTES, paddedRow(dim));
    scratch.set(CombineKernel.STEPS, dim / PANEL);
    scratch.set(CombineKernel.LAST, (1L << dim % PANEL) - 1);
    scratch.set(CombineKernel.A, ones);
    scratch.set(CombineKernel.B, ones);
    int pair = 0;
    while (pair < pairs.count()) {
      int run = pairs.run(pair, BLOCK);
      scratch.set(CombineKernel.Y, pairs.address(dQ, dim, pair));
      scratch.set(CombineKernel.Y_BYTES, pairs.distance(dQ, dim));
      scratch.set(CombineKernel.X, dQueries + pair * paddedRow(dim));
      scratch.set(CombineKernel.ROWS, run);
      scratch.call(kernels.combine(true));
      pair += run;
    }
  }
}
