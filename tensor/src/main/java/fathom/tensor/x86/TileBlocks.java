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
    for (int row = 0; row < a.count; row += 2 * PANEL) {
      int rows = Math.min(2 * PANEL, a.count - row);
      long from = a.address + row / PANEL * a.panelBytes;
      Panels two = new Panels(from, a.panelBytes, rows);
      Sums there = new Sums(c.address + row * c.rowBytes, c.rowBytes, c.add);
      if (rows % PANEL == 0 && b.count % PANEL == 0) {
        rows(two, b, steps, there, scratch);
      } else {
        edge(two, b, steps, there, scratch);
      }
    }
  }

  /// One or two whole panels of rows, whole panels of columns.
  private void rows(Panels a, Panels b, int steps, Sums c, Scratch scratch) {
    int aPanels = panels(a.count);
    int bPanels = panels(b.count);
    scratch.set(TileKernel.A, a.address);
    scratch.set(TileKernel.A_PANEL, a.panelBytes);
    scratch.set(TileKernel.B_PANEL, b.panelBytes);
    scratch.set(TileKernel.STEPS, steps);
    scratch.set(TileKernel.C_ROW, c.rowBytes);
    scratch.set(TileKernel.ADD, c.add ? 1 : 0);
    if (bPanels >= 2) {
      scratch.set(TileKernel.B, b.address);
      scratch.set(TileKernel.C, c.address);
      scratch.set(TileKernel.BLOCKS, bPanels / 2);
      scratch.call(kernels.tiles(aPanels, 2));
    }
    if (bPanels % 2 == 1) {
      scratch.set(TileKernel.B, b.address + (bPanels - 1) * b.panelBytes);
      scratch.set(TileKernel.C, c.address + (bPanels - 1L) * PANEL * Float.BYTES);
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
