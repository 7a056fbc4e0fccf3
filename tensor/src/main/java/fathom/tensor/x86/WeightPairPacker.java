package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.DType;
import fathom.tensor.WeightMatrix;

/// Packs rows of a weight that are contracted themselves, as `y = x w` does, 32 at a time, into one
/// tile of each panel of B.
///
/// Plain numbers are woven into pairs as they lie. Blocks, and numbers with scales, are unpacked to
/// BF16 first: two panels side by side, so that 32 columns of all 32 rows lie one row behind the
/// other.
final class WeightPairPacker {
  private static final int ROWS = 2 * PANEL;
  private static final int BOTH_TILES = 2 * TileKernel.TILE_BYTES;

  private final RowPacker rowPacker;
  private final PairPacker pairPacker;

  WeightPairPacker(KernelSet kernels) {
    rowPacker = RowPacker.sideBySide(kernels);
    pairPacker = new PairPacker(kernels);
  }

  /// Writes rows `row … row + rows - 1`, at most 32, to the tile at `tiles` of the first panel, and
  /// of each further panel `panelBytes` on.
  void pack(WeightMatrix w, int row, int rows, long tiles, long panelBytes, Scratch scratch) {
    switch (w.type()) {
      case F32, F16, BF16 -> {
        scratch.rows.floats(w.rowAddress(row), w.rowBytes(), rows, w.columns()).of(w.type());
        pairPacker.pack(tiles, panelBytes, scratch);
      }
      default -> {
        long unpacked = unpack(w, row, rows, scratch);
        for (int step = 0; step < steps(w.columns()); step++) {
          int columns = Math.min(32, w.columns() - 32 * step);
          long from = unpacked + (long) step * BOTH_TILES;
          scratch.rows.floats(from, TileKernel.TILE_ROW_BYTES, ROWS, columns).of(DType.BF16);
          pairPacker.pack(tiles + 2L * step * panelBytes, panelBytes, scratch);
        }
      }
    }
  }

  private long unpack(WeightMatrix w, int row, int rows, Scratch scratch) {
    long bytes = (long) steps(w.columns()) * BOTH_TILES;
    long place = scratch.buffer(Scratch.MORE, bytes);
    if (rows < ROWS) {
      PairPacker.clear(place, bytes);
    }
    for (int first = 0; first < rows; first += PANEL) {
      int count = Math.min(PANEL, rows - first);
      RowPacker.Part part = new RowPacker.Part(row + first, count, 0, w.columns());
      long panel = place + (long) first * TileKernel.TILE_ROW_BYTES;
      rowPacker.weights(w, part, panel, scratch);
    }
    return place;
  }
}
