package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;

import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Packs float32 rows that are contracted themselves, 32 at a time, into one tile of each panel.
final class PairPacker {
  private static final int ROWS = 32;

  private final KernelSet kernels;

  PairPacker(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// Writes the scratch's rows, at most 32, to the tile at `tiles` of the first panel, and of each
  /// further panel `panelBytes` on; what is missing of 32 rows and of 16 columns becomes zero.
  void pack(long tiles, long panelBytes, Scratch scratch) {
    Rows rows = scratch.rows;
    long source = rows.address();
    long rowBytes = rows.rowBytes();
    if (rows.count() < ROWS) {
      rowBytes = rows.bytes(rows.columns());
      source = filledUp(rows, scratch);
    }
    scratch.set(InterleaveKernel.ROW_BYTES, rowBytes);
    scratch.set(InterleaveKernel.PANEL_BYTES, panelBytes);
    int whole = rows.columns() / PANEL;
    MachineCode code = kernels.interleave(rows.type());
    if (whole > 0) {
      scratch.set(InterleaveKernel.SOURCE, source);
      scratch.set(InterleaveKernel.PANELS, whole);
      scratch.set(InterleaveKernel.LANES, (1L << PANEL) - 1);
      scratch.set(InterleaveKernel.TILES, tiles);
      scratch.call(code);
    }
    if (rows.columns() % PANEL > 0) {
      scratch.set(InterleaveKernel.SOURCE, source + rows.bytes(whole * PANEL));
      scratch.set(InterleaveKernel.PANELS, 1);
      scratch.set(InterleaveKernel.LANES, (1L << rows.columns() % PANEL) - 1);
      scratch.set(InterleaveKernel.TILES, tiles + whole * panelBytes);
      scratch.call(code);
    }
  }

  /// The same with A's tiles: columns become the rows of the product.
  void packTransposed(long tiles, long panelBytes, Scratch scratch) {
    pack(tiles, panelBytes, scratch);
    scratch.set(TransposeKernel.SOURCE, tiles);
    scratch.set(TransposeKernel.SOURCE_ROW, TileKernel.TILE_ROW_BYTES);
    scratch.set(TransposeKernel.TARGET, tiles);
    scratch.set(TransposeKernel.TARGET_ROW, TileKernel.TILE_ROW_BYTES);
    scratch.set(TransposeKernel.SQUARES, panels(scratch.rows.columns()));
    scratch.set(TransposeKernel.SOURCE_STEP, panelBytes);
    scratch.set(TransposeKernel.TARGET_STEP, panelBytes);
    scratch.call(kernels.transpose());
  }

  private static long filledUp(Rows rows, Scratch scratch) {
    long rowBytes = rows.bytes(rows.columns());
    long place = scratch.buffer(Scratch.EDGE, ROWS * rowBytes);
    clear(place, ROWS * rowBytes);
    for (int row = 0; row < rows.count(); row++) {
      MemorySegment.copy(
          NativeMemory.ALL,
          rows.address() + row * rows.rowBytes(),
          NativeMemory.ALL,
          place + row * rowBytes,
          rowBytes);
    }
    return place;
  }

  /// Zeros, without a view of the memory, which would be garbage; the length is a multiple of 8.
  static void clear(long place, long bytes) {
    for (long at = place; at < place + bytes; at += Long.BYTES) {
      NativeMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, 0);
    }
  }
}
