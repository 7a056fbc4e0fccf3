package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRow;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.Matrix;
import fathom.tensor.RowMath;
import fathom.tensor.Workers;

/// Gated layers forward, in BF16: a band of rows at a time goes through all three matrices.
final class GatedForward {
  private final Workers workers;
  private final KernelSet kernels;
  private final RowMath math;
  private final RowPacker rowPacker;
  private final TileBlocks blocks;
  private final GatedPlan plan;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();

  GatedForward(Workers workers, KernelSet kernels, RowMath math) {
    this.workers = workers;
    this.kernels = kernels;
    this.math = math;
    rowPacker = new RowPacker(kernels);
    blocks = new TileBlocks(kernels);
    plan = new GatedPlan(kernels);
  }

  void run(GatedLayers layers, GatedRows rows, GatedValues values) {
    plan.set(layers, rows.groups());
    long layerBytes = plan.intoBytes() + plan.outBytes();
    long weights = packed.atLeast(layers.count() * layerBytes);
    int parts = plan.forwardParts();
    workers.run(
        layers.count() * parts,
        part -> {
          int layer = part / parts;
          if (rows.groups().size(layer) > 0) {
            plan.packForward(layers, layer, part % parts, weights + layer * layerBytes);
          }
        });
    workers.run(
        plan.bands(),
        band -> {
          int group = plan.group(band);
          band(layers, rows, values, band, weights + group * layerBytes);
        });
  }

  private void band(
      GatedLayers layers, GatedRows rows, GatedValues values, int band, long weights) {
    Scratch scratch = kernels.scratch();
    int group = plan.group(band);
    int row = plan.rowInGroup(band, group);
    int count = Math.min(GatedPlan.BAND, rows.groups().size(group) - row);
    int first = rows.groups().start(group) + row;
    int hidden = layers.hidden();
    int width = layers.width();
    long intoPanel = GatedPlan.panelBytes(hidden);
    long outPanel = GatedPlan.panelBytes(width);
    int most = panels(GatedPlan.BAND);
    long tiles = scratch.buffer(Scratch.PANELS, most * (intoPanel + outPanel));
    pack(values.x(), rows.source(), first, count, tiles);
    into(values.gate(), first, count, tiles, weights, width);
    into(values.up(), first, count, tiles, weights + plan.intoBytes() / 2, width);
    long innerTiles = tiles + most * intoPanel;
    inner(values, first, count, innerTiles);
    scratch.a.set(innerTiles, outPanel, count);
    scratch.b.set(weights + plan.intoBytes(), outPanel, hidden);
    toSums(values.y(), first, scratch);
    blocks.multiply(steps(width), scratch);
  }

  /// Packs rows of x to panels of A.
  private void pack(Matrix x, GatedRows.Source source, int first, int count, long tiles) {
    Scratch scratch = kernels.scratch();
    long panelBytes = GatedPlan.panelBytes(x.columns());
    if (source == GatedRows.SAME) {
      for (int row = 0; row < count; row += PANEL) {
        int some = Math.min(PANEL, count - row);
        scratch.rows.floats(x.rowAddress(first + row), 4L * x.stride(), some, x.columns());
        rowPacker.rows(tiles + row / PANEL * panelBytes, scratch);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      scratch.rows.floats(x.rowAddress(source.row(first + row)), 0, 1, x.columns());
      long panel = tiles + row / PANEL * panelBytes;
      rowPacker.rows(panel + (long) row % PANEL * TileKernel.TILE_ROW_BYTES, scratch);
    }
  }

  private void into(Matrix to, int first, int count, long tiles, long weight, int width) {
    Scratch scratch = kernels.scratch();
    int hidden = plan.hidden();
    scratch.a.set(tiles, GatedPlan.panelBytes(hidden), count);
    scratch.b.set(weight, GatedPlan.panelBytes(hidden), width);
    toSums(to, first, scratch);
    blocks.multiply(steps(hidden), scratch);
  }

  private static void toSums(Matrix to, int row, Scratch scratch) {
    scratch.c.set(to.rowAddress(row), 4L * to.stride(), false);
  }

  /// `silu(gate) · up` of a band, packed to panels of A.
  private void inner(GatedValues values, int first, int count, long tiles) {
    Scratch scratch = kernels.scratch();
    int width = values.gate().columns();
    long rowBytes = 4L * width;
    long inner = scratch.buffer(Scratch.MORE, PANEL * rowBytes);
    GatedRow middle = new GatedRow();
    for (int row = 0; row < count; row += PANEL) {
      int some = Math.min(PANEL, count - row);
      for (int i = 0; i < some; i++) {
        int at = first + row + i;
        middle.values(
            values.gate().rowAddress(at), values.up().rowAddress(at), inner + i * rowBytes);
        math.gated(middle, width);
      }
      scratch.rows.floats(inner, rowBytes, some, width);
      rowPacker.rows(tiles + row / PANEL * GatedPlan.panelBytes(width), scratch);
    }
  }
}
