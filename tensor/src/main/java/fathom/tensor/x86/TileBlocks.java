package fathom.tensor.x86;

import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;

/// Products of packed panels: full blocks go straight to their place in C, blocks at its edges
/// through scratch memory.
///
/// Panels are those of [TileKernel]; a panel of n steps has n KiB.
final class TileBlocks {
  static final int PANEL = 16;

  private final KernelSet kernels;

  TileBlocks(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// What the products are made of.
  InstructionPeaks.Kind instructions() {
    return kernels.tier() == Tier.AMX
        ? InstructionPeaks.Kind.TILES_BF16
        : InstructionPeaks.Kind.BF16_512;
  }

  /// Tiles that `count` numbers of the contraction fill.
  static int steps(int count) {
    return (count + 31) / 32;
  }

  static int panels(int count) {
    return (count + PANEL - 1) / PANEL;
  }

  /// Packed panels: where they begin, the bytes of one, and how many rows or columns they hold.
  static final class Panels {
    private long address;
    private long panelBytes;
    private int count;

    Panels set(long newAddress, long newPanelBytes, int newCount) {
      address = newAddress;
      panelBytes = newPanelBytes;
      count = newCount;
      return this;
    }
  }

  /// Where sums go.
  static final class Sums {
    private long address;
    private long rowBytes;
    private boolean add;

    Sums set(long newAddress, long newRowBytes, boolean newAdd) {
      address = newAddress;
      rowBytes = newRowBytes;
      add = newAdd;
      return this;
    }
  }

  /// `c = a b` or `c += a b`, as the scratch's panels and sums say: a.count rows, b.count columns,
  /// `steps` tiles long.
  void multiply(int steps, Scratch scratch) {
    Panels a = scratch.a;
    Panels b = scratch.b;
    Sums c = scratch.c;
    scratch.set(TileKernel.A_PANEL, a.panelBytes);
    scratch.set(TileKernel.B_PANEL, b.panelBytes);
    scratch.set(TileKernel.STEPS, steps);
    scratch.set(TileKernel.ADD, c.add ? 1 : 0);
    int whole = b.count % PANEL == 0 ? a.count / PANEL : 0;
    scratch.set(TileKernel.C_ROW, c.rowBytes);
    rows(a.address, whole, c.address, c.rowBytes, scratch);
    for (int row = whole * PANEL; row < a.count; row += 2 * PANEL) {
      edge(row, scratch);
    }
  }

  /// Whole panels of rows with all panels of columns.
  private void rows(long a, int panels, long c, long rowBytes, Scratch scratch) {
    if (panels >= 2) {
      scratch.set(TileKernel.A, a);
      scratch.set(TileKernel.ROW_BLOCKS, panels / 2);
      columns(2, c, scratch);
    }
    if (panels % 2 == 1) {
      scratch.set(TileKernel.A, a + (panels - 1) * scratch.a.panelBytes);
      scratch.set(TileKernel.ROW_BLOCKS, 1);
      columns(1, c + (panels - 1L) * PANEL * rowBytes, scratch);
    }
  }

  private void columns(int aPanels, long c, Scratch scratch) {
    Panels b = scratch.b;
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

  /// Two panels of rows, of which rows or columns fill no whole panel: computed whole in scratch,
  /// then copied in part.
  private void edge(int row, Scratch scratch) {
    Panels a = scratch.a;
    int rows = Math.min(2 * PANEL, a.count - row);
    int columns = scratch.b.count;
    Sums c = scratch.c;
    long target = c.address + row * c.rowBytes;
    long rowBytes = (long) panels(columns) * PANEL * Float.BYTES;
    long place = scratch.buffer(Scratch.EDGE, 2 * PANEL * rowBytes);
    for (int i = 0; c.add && i < rows; i++) {
      copy(target + i * c.rowBytes, place + i * rowBytes, columns);
    }
    scratch.set(TileKernel.C_ROW, rowBytes);
    rows(a.address + row / PANEL * a.panelBytes, panels(rows), place, rowBytes, scratch);
    for (int i = 0; i < rows; i++) {
      copy(place + i * rowBytes, target + i * c.rowBytes, columns);
    }
  }

  /// Copies float32 numbers.
  static void copy(long from, long to, int count) {
    MemorySegment.copy(NativeMemory.ALL, from, NativeMemory.ALL, to, (long) count * Float.BYTES);
  }
}
