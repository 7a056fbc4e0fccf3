package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.AttentionShape;
import fathom.tensor.AttentionSpan;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import java.lang.foreign.ValueLayout;

/// The attention of up to 32 pairs of a query row and a query head ([QueryPairs]) to one chunk of
/// positions after the other. One for each thread, reused.
///
/// ```
/// keys A [positions, keyDim] · queries B [keyDim, pairs] ─► scores [positions, pairs]
/// scores ─► softmax down the columns ─► weights, tiles of B, transposed ─► A [pairs, positions]
/// weights A · values B [positions, valueDim] ─► results [pairs, valueDim]
/// ```
///
/// Exponentials have base 2. Chunks are joined in order: with M the larger maximum, `r = r 2^(m -
/// M)
/// + r' 2^(m' - M)`, and the denominators alike (arXiv 2205.14135).
final class AttentionWork {
  static final int PAIRS = 2 * PANEL;

  /// Positions in a chunk. Chunks begin at multiples of it, so a pair's result depends neither on
  /// the other pairs nor on how a prompt was cut.
  static final int CHUNK = 512;

  /// The same number that the scores are multiplied with.
  private static final double LOG2_E = Exponential.LOG2_E;

  private static final long SCORE_ROW_BYTES = 4L * PAIRS;
  private static final int FLOATS = 4 * PAIRS;
  private static final int MAXIMA = 0, SUMS = FLOATS;
  private static final int OLD = 0, NEW = FLOATS, SEEN = 2 * FLOATS, STATISTICS = 3 * FLOATS;

  final QueryPairs pairs = new QueryPairs();
  final KeyValuePacker.Chunk chunk = new KeyValuePacker.Chunk();
  private final KernelSet kernels;
  private final KeyValuePacker packer;
  private final RowPacker rowPacker;
  private final TileBlocks blocks;

  AttentionWork(KernelSet kernels) {
    this.kernels = kernels;
    packer = new KeyValuePacker(kernels);
    rowPacker = new RowPacker(kernels);
    blocks = new TileBlocks(kernels);
  }

  /// Bytes of a row of results.
  static long resultRowBytes(AttentionShape shape) {
    return 4L * PANEL * panels(shape.valueDim());
  }

  /// Bytes of the results of all pairs of a chunk, their maxima and sums included.
  static long resultBytes(AttentionShape shape) {
    return PAIRS * resultRowBytes(shape) + 2L * FLOATS;
  }

  /// Bytes of the packed keys and values of so many positions.
  static long packedBytes(AttentionShape shape, int count) {
    return KeyValuePacker.keyBytes(shape, count) + KeyValuePacker.valueBytes(shape, count);
  }

  /// Packs one head's rows `first .. first + count - 1` to `target`.
  void pack(AttentionShape shape, AttentionSpan span, int head, int first, long target) {
    int end = span.startPosition() + span.rows();
    chunk.set(span.stored(), first, Math.min(CHUNK, end - first));
    long values = target + KeyValuePacker.keyBytes(shape, chunk.count());
    packer.keys(shape, head, chunk, target, kernels.scratch());
    packer.values(shape, head, chunk, values, kernels.scratch());
    chunk.clear();
  }

  /// Packs the queries to panels of B, the same for all chunks.
  void packQueries(AttentionShape shape, Matrix q) {
    Scratch scratch = kernels.scratch();
    int dim = shape.keyDim();
    long panelBytes = KeyValuePacker.keyPanelBytes(shape);
    long target = scratch.buffer(Scratch.QUERIES, 2 * panelBytes);
    int pair = 0;
    while (pair < pairs.count()) {
      int run = pairs.run(pair, PANEL - pair % PANEL);
      long panel = target + pair / PANEL * panelBytes;
      scratch.rows.floats(pairs.address(q, dim, pair), pairs.distance(q, dim), run, dim);
      rowPacker.rows(panel + (long) (pair % PANEL) * TileKernel.TILE_ROW_BYTES, scratch);
      pair += run;
    }
    for (int panel = 0; panel < panels(pairs.count()); panel++) {
      rowPacker.transpose(target + panel * panelBytes, steps(dim), scratch);
    }
  }

  /// Results of the positions from `first` on, of which `packedCount` are packed, not yet divided
  /// by the denominator, with their maxima and sums.
  void attend(AttentionShape shape, long packed, int first, int packedCount, long result) {
    Scratch scratch = kernels.scratch();
    int count = Math.min(packedCount, pairs.end() - first); // none of the pairs sees more
    int panels = panels(pairs.count());
    long keyPanel = KeyValuePacker.keyPanelBytes(shape);
    long scores = scratch.buffer(Scratch.SUMS, 32L * steps(count) * SCORE_ROW_BYTES);
    scratch.a.set(packed, keyPanel, panels(count) * PANEL);
    scratch.b.set(scratch.buffer(Scratch.QUERIES, 0), keyPanel, panels * PANEL);
    scratch.c.set(scores, SCORE_ROW_BYTES, false);
    blocks.multiply(steps(shape.keyDim()), scratch);
    long panelBytes = KeyValuePacker.valuePanelBytes(count);
    long weights = scratch.buffer(Scratch.WEIGHTS, 2 * panelBytes);
    long statistics = result + PAIRS * resultRowBytes(shape);
    for (int panel = 0; panel < panels; panel++) {
      setSeen(panel, first, count, scratch);
      float scale = shape.scale() * Exponential.LOG2_E;
      scratch.set(SoftmaxKernel.SCALE, Float.floatToRawIntBits(scale) & 0xffffffffL);
      softmax(panel, count, weights + panel * panelBytes, statistics, scratch);
      rowPacker.transpose(weights + panel * panelBytes, steps(count), scratch);
    }
    long values = packed + KeyValuePacker.keyBytes(shape, packedCount);
    long valuePanel = KeyValuePacker.valuePanelBytes(packedCount);
    scratch.a.set(weights, panelBytes, panels * PANEL);
    scratch.b.set(values, valuePanel, panels(shape.valueDim()) * PANEL);
    scratch.c.set(result, resultRowBytes(shape), false);
    blocks.multiply(steps(count), scratch);
  }

  private void setSeen(int panel, int first, int count, Scratch scratch) {
    long seen = scratch.buffer(Scratch.STATISTICS, STATISTICS) + SEEN;
    for (int i = 0; i < PANEL; i++) {
      int value = pairs.seen(panel * PANEL + i, first, count);
      NativeMemory.ALL.set(ValueLayout.JAVA_INT, seen + 4L * i, value);
    }
    scratch.set(SoftmaxKernel.SEEN, seen);
  }

  private void softmax(int panel, int count, long tiles, long statistics, Scratch scratch) {
    long scores = scratch.buffer(Scratch.SUMS, 0);
    scratch.set(SoftmaxKernel.SCORES, scores + (long) panel * TileKernel.TILE_ROW_BYTES);
    scratch.set(SoftmaxKernel.ROW_BYTES, SCORE_ROW_BYTES);
    scratch.set(SoftmaxKernel.PAIRS, 16L * steps(count));
    scratch.set(SoftmaxKernel.TILES, tiles);
    scratch.set(SoftmaxKernel.MAXIMA, statistics + MAXIMA + 4L * panel * PANEL);
    scratch.set(SoftmaxKernel.SUMS, statistics + SUMS + 4L * panel * PANEL);
    scratch.call(kernels.softmax());
  }

  // ---- joining and finishing
  // -------------------------------------------------------------------------

  /// Adds the results of the next chunk to those of the chunks before.
  void join(AttentionShape shape, long total, long next) {
    Scratch scratch = kernels.scratch();
    long totals = total + PAIRS * resultRowBytes(shape);
    long nexts = next + PAIRS * resultRowBytes(shape);
    long factors = scratch.buffer(Scratch.STATISTICS, STATISTICS);
    for (int pair = 0; pair < pairs.count(); pair++) {
      float oldMax = NativeMemory.getFloat(totals + MAXIMA + 4L * pair);
      float newMax = NativeMemory.getFloat(nexts + MAXIMA + 4L * pair);
      float max = Math.max(oldMax, newMax);
      float a = (float) StrictMath.pow(2, oldMax - max);
      float b = (float) StrictMath.pow(2, newMax - max);
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
    combine(shape, next, pairs.count(), kernels.combine(true));
  }

  private void combine(AttentionShape shape, long x, int rows, MachineCode code) {
    Scratch scratch = kernels.scratch();
    scratch.set(CombineKernel.X, x);
    scratch.set(CombineKernel.X_BYTES, resultRowBytes(shape));
    scratch.set(CombineKernel.ROWS, rows);
    scratch.set(CombineKernel.STEPS, shape.valueDim() / PANEL);
    scratch.set(CombineKernel.LAST, (1L << shape.valueDim() % PANEL) - 1);
    scratch.call(code);
  }

  /// Divides by the denominators and writes out and logSumExp.
  void finish(AttentionShape shape, long total, Matrix out, Matrix logSumExp) {
    Scratch scratch = kernels.scratch();
    int dim = shape.valueDim();
    long totals = total + PAIRS * resultRowBytes(shape);
    long factors = scratch.buffer(Scratch.STATISTICS, STATISTICS);
    for (int pair = 0; pair < pairs.count(); pair++) {
      float max = NativeMemory.getFloat(totals + MAXIMA + 4L * pair);
      float sum = NativeMemory.getFloat(totals + SUMS + 4L * pair);
      NativeMemory.setFloat(factors + 4L * pair, 1 / sum);
      NativeMemory.setFloat(
          pairs.address(logSumExp, 1, pair), (float) (max / LOG2_E + StrictMath.log(sum)));
    }
    int pair = 0;
    while (pair < pairs.count()) {
      int run = pairs.run(pair, PAIRS);
      scratch.set(CombineKernel.Y, pairs.address(out, dim, pair));
      scratch.set(CombineKernel.Y_BYTES, pairs.distance(out, dim));
      scratch.set(CombineKernel.A, 0);
      scratch.set(CombineKernel.B, factors + 4L * pair);
      combine(shape, total + pair * resultRowBytes(shape), run, kernels.combine(false));
      pair += run;
    }
  }
}
