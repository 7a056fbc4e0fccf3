package fathom.tensor.x86;

import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;

/// Products of packed panels on AMX: full blocks go straight to their place in C, blocks at its
/// edges through scratch memory.
///
/// Panels are those of [TileKernel]; a panel of n steps has n KiB.
final class TileBlocks {
  static final int PANEL = 16;

  private final KernelSet kernels;

  TileBlocks(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// Tiles that `count` numbers of the contraction fill.
  static int steps(int count) {
    return (count + 31) / 32;
  }

  static int panels(int count) {
    return (count + PANEL - 1) / PANEL;
  }

  /// Packed panels: where they begin, the bytes of one, and how many rows or columns they hold.
  record Panels(long address, long panelBytes, int count) {}

  /// Where sums go.
  record Sums(long address, long rowBytes, boolean add) {}

  /// `c = a b` or `c += a b`: a.count rows, b.count columns, `steps` tiles long.
  void multiply(Panels a, Panels b, int steps, Sums c, Scratch scratch) {
    int whole = b.count % PANEL == 0 ? a.count / PANEL * PANEL : 0;
    if (whole > 0) {
      rows(new Panels(a.address, a.panelBytes, whole), b, steps, c, scratch);
    }
    for (int row = whole; row < a.count; row += 2 * PANEL) {
      int rows = Math.min(2 * PANEL, a.count - row);
      long from = a.address + row / PANEL * a.panelBytes;
      Sums there = new Sums(c.address + row * c.rowBytes, c.rowBytes, c.add);
      edge(new Panels(from, a.panelBytes, rows), b, steps, there, scratch);
    }
  }

  /// Whole panels of rows and of columns.
  private void rows(Panels a, Panels b, int steps, Sums c, Scratch scratch) {
    int panels = panels(a.count);
    scratch.set(TileKernel.A_PANEL, a.panelBytes);
    scratch.set(TileKernel.B_PANEL, b.panelBytes);
    scratch.set(TileKernel.STEPS, steps);
    scratch.set(TileKernel.C_ROW, c.rowBytes);
    scratch.set(TileKernel.ADD, c.add ? 1 : 0);
    if (panels >= 2) {
      scratch.set(TileKernel.A, a.address);
      scratch.set(TileKernel.ROW_BLOCKS, panels / 2);
      columns(2, b, c.address, scratch);
    }
    if (panels % 2 == 1) {
      scratch.set(TileKernel.A, a.address + (panels - 1) * a.panelBytes);
      scratch.set(TileKernel.ROW_BLOCKS, 1);
      columns(1, b, c.address + (panels - 1L) * PANEL * c.rowBytes, scratch);
    }
  }

  private void columns(int aPanels, Panels b, long c, Scratch scratch) {
    int panels = panels(b.count);
    if (panels >= 2) {
      scratch.set(TileKernel.B, b.address);
      scratch.set(TileKernel.C, c);
      scratch.set(TileKernel.BLOCKS, panels / 2);
      scratch.call(kernels.tiles(aPanels, 2));
    }
    if (panels % 2 == 1) {
      scratch.set(TileKernel.B, b.address + (panels - 1) * b.panelBytes);
      scratch.set(TileKernel.C, c + (panels - 1L) * PANEL * Float.BYTES);
      scratch.set(TileKernel.BLOCKS, 1);
      scratch.call(kernels.tiles(aPanels, 1));
    }
  }

  /// Rows or columns that fill no whole panel: computed whole in scratch, then copied in part.
  private void edge(Panels a, Panels b, int steps, Sums c, Scratch scratch) {
    long rowBytes = (long) panels(b.count) * PANEL * Float.BYTES;
    long place = scratch.buffer(Scratch.EDGE, 2 * PANEL * rowBytes);
    Sums whole = new Sums(place, rowBytes, c.add);
    if (c.add) {
      copy(c, whole, a.count, b.count);
    }
    Panels wholeA = new Panels(a.address, a.panelBytes, panels(a.count) * PANEL);
    Panels wholeB = new Panels(b.address, b.panelBytes, panels(b.count) * PANEL);
    rows(wholeA, wholeB, steps, whole, scratch);
    copy(whole, c, a.count, b.count);
  }

  /// Copies a part of float32 numbers.
  static void copy(Sums from, Sums to, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          NativeMemory.ALL,
          from.address + row * from.rowBytes,
          NativeMemory.ALL,
          to.address + row * to.rowBytes,
          (long) columns * Float.BYTES);
    }
  }
}
