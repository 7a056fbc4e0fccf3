package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.GatedGradients;
import fathom.tensor.Matrix;
import fathom.tensor.RowGroups;
import fathom.tensor.Workers;

/// The last step of [GatedBackward]: products of the packed factors, added to the gradients of the
/// three matrices of each layer in blocks. Rows are taken in chunks, in their order.
final class GatedWeightGradients {
  /// Tiles along the rows of a group, and size of the blocks of a gradient, that one part works on
  /// at a time.
  private static final int CHUNK_STEPS = 16;

  private static final int BLOCK_ROWS = 256, BLOCK_COLUMNS = 512;

  private final Workers workers;
  private final KernelSet kernels;
  private final GatedPlan plan;
  private final TileBlocks blocks;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();
  private RowGroups groups = new RowGroups(0);
  private long[] factors = new long[0];

  GatedWeightGradients(Workers workers, KernelSet kernels, GatedPlan plan) {
    this.workers = workers;
    this.kernels = kernels;
    this.plan = plan;
    blocks = new TileBlocks(kernels);
  }

  /// Makes room for the factors of all groups.
  void prepare(RowGroups newGroups) {
    groups = newGroups;
    if (factors.length < groups.groups()) {
      factors = new long[groups.groups()];
    }
    long bytes = 0;
    for (int g = 0; g < groups.groups(); g++) {
      factors[g] = bytes;
      bytes += plan.factorBytes(g);
    }
    long start = packed.atLeast(bytes);
    for (int g = 0; g < groups.groups(); g++) {
      factors[g] += start;
    }
  }

  /// Where a group's factors are to lie.
  long factors(int group) {
    return factors[group];
  }

  /// Bytes of a panel of a group's factors.
  long panelBytes(int group) {
    return GatedPlan.panelBytes(groups.size(group));
  }

  void run(GatedGradients g) {
    if (g.dGate().isEmpty()) {
      return;
    }
    int down = parts(plan.hidden(), plan.width());
    int into = parts(plan.width(), plan.hidden());
    int layerParts = down + 2 * into;
    workers.run(
        groups.groups() * layerParts,
        part -> {
          int group = part / layerParts;
          int block = part % layerParts;
          long start = factors[group];
          long x = start + plan.xPanels(group);
          if (block < down) {
            long inner = start + plan.innerPanels(group);
            multiply(group, start, inner, g.dDown().get(group), block);
          } else if (block < down + into) {
            long dGate = start + plan.dGatePanels(group);
            multiply(group, dGate, x, g.dGate().get(group), block - down);
          } else {
            long dUp = start + plan.dUpPanels(group);
            multiply(group, dUp, x, g.dUp().get(group), block - down - into);
          }
        });
  }

  private static int parts(int rows, int columns) {
    return ProductMethod.ceilDiv(rows, BLOCK_ROWS) * ProductMethod.ceilDiv(columns, BLOCK_COLUMNS);
  }

  private void multiply(int group, long a, long b, Matrix dw, int block) {
    int columnBlocks = ProductMethod.ceilDiv(dw.columns(), BLOCK_COLUMNS);
    int row = block / columnBlocks * BLOCK_ROWS;
    int column = block % columnBlocks * BLOCK_COLUMNS;
    int rows = Math.min(BLOCK_ROWS, dw.rows() - row);
    int columns = Math.min(BLOCK_COLUMNS, dw.columns() - column);
    long panel = panelBytes(group);
    int all = steps(groups.size(group));
    Scratch scratch = kernels.scratch();
    for (int step = 0; step < all; step += CHUNK_STEPS) {
      long offset = (long) step * TileKernel.TILE_BYTES;
      scratch.a.set(a + row / PANEL * panel + offset, panel, rows);
      scratch.b.set(b + column / PANEL * panel + offset, panel, columns);
      scratch.c.set(dw.rowAddress(row) + 4L * column, 4L * dw.stride(), true);
      blocks.multiply(Math.min(CHUNK_STEPS, all - step), scratch);
    }
  }
}
