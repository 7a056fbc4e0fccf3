package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.DType;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import fathom.tensor.x86.TileBlocks.Panels;
import fathom.tensor.x86.TileBlocks.Sums;
import java.lang.foreign.ValueLayout;

/// The attention of up to 32 *pairs* of a query row and a query head, all of which read one
/// key/value head, to one chunk of positions after the other.
///
/// ```
/// keys A [positions, keyDim] · queries B [keyDim, pairs] ─► scores [positions, pairs]
/// scores ─► softmax down the columns ─► weights, tiles of B, transposed ─► A [pairs, positions]
/// weights A · values B [positions, valueDim] ─► results [pairs, valueDim]
/// ```
///
/// Chunks are joined in order: with M the larger maximum, `r = r e^(m - M) + r' e^(m' - M)`, and
/// the denominators alike (arXiv 2205.14135).
final class AttentionWork {
  static final int PAIRS = 2 * PANEL;

  /// Positions in a chunk. Chunks begin at multiples of it, so a pair's result depends neither on
  /// the other pairs nor on how a prompt was cut.
  static final int CHUNK = 512;

  private static final long SCORE_ROW_BYTES = 4L * PAIRS;
  private static final int FLOATS = 4 * PAIRS;
  private static final int MAXIMA = 0, SUMS = FLOATS, OLD = 2 * FLOATS, NEW = 3 * FLOATS;
  private static final int SEEN = 4 * FLOATS, TOTAL = 5 * FLOATS, STATISTICS = 7 * FLOATS;

  private final KernelSet kernels;
  private final AttentionShape shape;
  private final AttentionSpan span;
  private final Scratch scratch;
  private final TileBlocks blocks;
  private final int keyValueHead;
  private final int firstPair;
  private final int pairs;

  AttentionWork(
      KernelSet kernels, AttentionShape shape, AttentionSpan span, Scratch scratch, Range range) {
    this.kernels = kernels;
    this.shape = shape;
    this.span = span;
    this.scratch = scratch;
    blocks = new TileBlocks(kernels);
    keyValueHead = range.keyValueHead;
    firstPair = range.firstPair;
    pairs = range.pairs;
  }

  /// Which pairs: counted row by row, and within a row over the heads of the group.
  record Range(int keyValueHead, int firstPair, int pairs) {}

  /// Query heads that read one key/value head.
  static int group(AttentionShape shape) {
    return shape.heads() / shape.keyValueHeads();
  }

  /// Bytes of a row of results.
  static long resultRowBytes(AttentionShape shape) {
    return 4L * PANEL * panels(shape.valueDim());
  }

  /// Bytes of the results of all pairs of a chunk, their maxima and sums included.
  static long resultBytes(AttentionShape shape) {
    return PAIRS * resultRowBytes(shape) + 2L * FLOATS;
  }

  // ---- queries
  // ---------------------------------------------------------------------------------------

  private int row(int pair) {
    return span.firstRow() + (firstPair + pair) / group(shape);
  }

  private int head(int pair) {
    return keyValueHead * group(shape) + (firstPair + pair) % group(shape);
  }

  /// Pairs from one on, within its panel, whose queries lie at equal distances.
  private int run(int pair) {
    int left = Math.min(pairs - pair, PANEL - pair % PANEL);
    return group(shape) == 1
        ? left
        : Math.min(left, group(shape) - (firstPair + pair) % group(shape));
  }

  private long distance(Matrix m, int columns) {
    return 4L * (group(shape) == 1 ? m.stride() : columns);
  }

  /// Packs the queries to panels of B, the same for all chunks.
  void packQueries(Matrix q) {
    long panelBytes = KeyValuePacker.keyPanelBytes(shape);
    long target = scratch.buffer(Scratch.QUERIES, 2 * panelBytes);
    RowPacker packer = new RowPacker(kernels);
    for (int pair = 0; pair < pairs; pair += run(pair)) {
      long from = q.rowAddress(row(pair)) + 4L * head(pair) * shape.keyDim();
      long to =
          target + pair / PANEL * panelBytes + (long) (pair % PANEL) * TileKernel.TILE_ROW_BYTES;
      long rowBytes = distance(q, shape.keyDim());
      packer.rows(
          new RowPacker.Rows(DType.F32, from, rowBytes, run(pair), shape.keyDim()), to, scratch);
    }
    for (int panel = 0; panel < panels(pairs); panel++) {
      packer.transpose(target + panel * panelBytes, steps(shape.keyDim()), scratch);
    }
  }

  // ---- one chunk
  // -------------------------------------------------------------------------------------

  /// Packed keys and values of some positions.
  record PackedChunk(int first, int count, long keys, long values) {}

  /// Results of one chunk, not yet divided by the denominator, and their maxima and sums.
  void attend(PackedChunk chunk, long result) {
    int count = panels(chunk.count) * PANEL;
    int panels = panels(pairs);
    long queryPanel = KeyValuePacker.keyPanelBytes(shape);
    long scores = scratch.buffer(Scratch.SUMS, 32L * steps(chunk.count) * SCORE_ROW_BYTES);
    blocks.multiply(
        new Panels(chunk.keys, queryPanel, count),
        new Panels(scratch.buffer(Scratch.QUERIES, 0), queryPanel, panels * PANEL),
        steps(shape.keyDim()),
        new Sums(scores, SCORE_ROW_BYTES, false),
        scratch);
    long panelBytes = KeyValuePacker.valuePanelBytes(chunk.count);
    long weights = scratch.buffer(Scratch.WEIGHTS, 2 * panelBytes);
    long statistics = result + PAIRS * resultRowBytes(shape);
    for (int panel = 0; panel < panels; panel++) {
      softmax(chunk, panel, scores, weights + panel * panelBytes, statistics);
    }
    blocks.multiply(
        new Panels(weights, panelBytes, panels * PANEL),
        new Panels(chunk.values, panelBytes, panels(shape.valueDim()) * PANEL),
        steps(chunk.count),
        new Sums(result, resultRowBytes(shape), false),
        scratch);
  }

  private void softmax(PackedChunk chunk, int panel, long scores, long tiles, long statistics) {
    long seen = scratch.buffer(Scratch.STATISTICS, STATISTICS) + SEEN;
    for (int i = 0; i < PANEL; i++) {
      int pair = panel * PANEL + i;
      int visible = span.startPosition() + (firstPair + pair) / group(shape) + 1 - chunk.first;
      int value = pair < pairs ? Math.clamp(visible, 0, chunk.count) : 0;
      NativeMemory.ALL.set(ValueLayout.JAVA_INT, seen + 4L * i, value);
    }
    scratch.set(SoftmaxKernel.SCORES, scores + (long) panel * TileKernel.TILE_ROW_BYTES);
    scratch.set(SoftmaxKernel.ROW_BYTES, SCORE_ROW_BYTES);
    scratch.set(SoftmaxKernel.PAIRS, 16L * steps(chunk.count));
    scratch.set(SoftmaxKernel.SEEN, seen);
    scratch.set(SoftmaxKernel.SCALE, Float.floatToRawIntBits(shape.scale()) & 0xffffffffL);
    scratch.set(SoftmaxKernel.TILES, tiles);
    scratch.set(SoftmaxKernel.MAXIMA, statistics + MAXIMA + 4L * panel * PANEL);
    scratch.set(SoftmaxKernel.SUMS, statistics + SUMS + 4L * panel * PANEL);
    scratch.call(kernels.softmax());
    new RowPacker(kernels).transpose(tiles, steps(chunk.count), scratch);
  }

  // ---- joining and finishing
  // -------------------------------------------------------------------------

  /// Adds the results of the next chunk to those of the chunks before.
  void join(long total, long next) {
    long totals = total + PAIRS * resultRowBytes(shape);
    long nexts = next + PAIRS * resultRowBytes(shape);
    long factors = scratch.buffer(Scratch.STATISTICS, STATISTICS);
    for (int pair = 0; pair < pairs; pair++) {
      float oldMax = NativeMemory.getFloat(totals + MAXIMA + 4L * pair);
      float newMax = NativeMemory.getFloat(nexts + MAXIMA + 4L * pair);
      float max = Math.max(oldMax, newMax);
      float a = (float) StrictMath.exp(oldMax - max);
      float b = (float) StrictMath.exp(newMax - max);
      float sum =
          a * NativeMemory.getFloat(totals + SUMS + 4L * pair)
              + b * NativeMemory.getFloat(nexts + SUMS + 4L * pair);
      NativeMemory.setFloat(totals + MAXIMA + 4L * pair, max);
      NativeMemory.setFloat(totals + SUMS + 4L * pair, sum);
      NativeMemory.setFloat(factors + OLD + 4L * pair, a);
      NativeMemory.setFloat(factors + NEW + 4L * pair, b);
    }
    scratch.set(CombineKernel.Y, total);
    scratch.set(CombineKernel.Y_BYTES, resultRowBytes(shape));
    scratch.set(CombineKernel.A, factors + OLD);
    scratch.set(CombineKernel.B, factors + NEW);
    combine(next, pairs, true);
  }

  private void combine(long x, int rows, boolean add) {
    scratch.set(CombineKernel.X, x);
    scratch.set(CombineKernel.X_BYTES, resultRowBytes(shape));
    scratch.set(CombineKernel.ROWS, rows);
    scratch.set(CombineKernel.STEPS, shape.valueDim() / PANEL);
    scratch.set(CombineKernel.LAST, (1L << shape.valueDim() % PANEL) - 1);
    scratch.call(kernels.combine(add));
  }

  /// Divides by the denominators and writes out and logSumExp.
  void finish(long total, Matrix out, Matrix logSumExp) {
    long totals = total + PAIRS * resultRowBytes(shape);
    long factors = scratch.buffer(Scratch.STATISTICS, STATISTICS) + TOTAL;
    for (int pair = 0; pair < pairs; pair++) {
      float max = NativeMemory.getFloat(totals + MAXIMA + 4L * pair);
      float sum = NativeMemory.getFloat(totals + SUMS + 4L * pair);
      NativeMemory.setFloat(factors + 4L * pair, 1 / sum);
      long place = logSumExp.rowAddress(row(pair)) + 4L * head(pair);
      NativeMemory.setFloat(place, (float) (max + StrictMath.log(sum)));
    }
    for (int pair = 0; pair < pairs; pair += run(pair)) {
      long to = out.rowAddress(row(pair)) + 4L * head(pair) * shape.valueDim();
      scratch.set(CombineKernel.Y, to);
      scratch.set(CombineKernel.Y_BYTES, distance(out, shape.valueDim()));
      scratch.set(CombineKernel.A, 0);
      scratch.set(CombineKernel.B, factors + 4L * pair);
      combine(total + pair * resultRowBytes(shape), run(pair), false);
    }
  }
}
