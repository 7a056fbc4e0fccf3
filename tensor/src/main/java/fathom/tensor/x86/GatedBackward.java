package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.GatedGradients;
import fathom.tensor.GatedLayers;
import fathom.tensor.GatedRow;
import fathom.tensor.GatedRows;
import fathom.tensor.GatedValues;
import fathom.tensor.Matrix;
import fathom.tensor.NativeMemory;
import fathom.tensor.RowMath;
import fathom.tensor.Workers;

/// Gated layers backward, in BF16. With w a row's weight and h its middle:
///
/// ```
/// dh = downᵀ dy        dw = dh · h        dgate, dup from w dh        dx = gateᵀ dgate + upᵀ dup
/// dDown += dy (w h)ᵀ   dGate += dgate xᵀ   dUp += dup xᵀ
/// ```
///
/// A band of rows at a time gives the first line and leaves the factors of the second one packed;
/// then the second line is computed, matrix by matrix. `dh · h = w's gradient` saves keeping y.
final class GatedBackward {
  private final Workers workers;
  private final KernelSet kernels;
  private final RowMath math;
  private final RowPacker rowPacker;
  private final PairPacker pairPacker;
  private final TileBlocks blocks;
  private final GatedPlan plan;
  private final GatedWeightGradients weightGradients;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();

  GatedBackward(Workers workers, KernelSet kernels, RowMath math) {
    this.workers = workers;
    this.kernels = kernels;
    this.math = math;
    rowPacker = new RowPacker(kernels);
    pairPacker = new PairPacker(kernels);
    blocks = new TileBlocks(kernels);
    plan = new GatedPlan(kernels);
    weightGradients = new GatedWeightGradients(workers, kernels, plan);
  }

  void run(GatedLayers layers, GatedRows rows, GatedValues values, GatedGradients g) {
    plan.set(layers, rows.groups());
    long layerBytes = plan.downBackBytes() + plan.intoBackBytes();
    long weights = packed.atLeast(layers.count() * layerBytes);
    int parts = plan.backwardParts();
    workers.run(
        layers.count() * parts,
        part -> {
          int layer = part / parts;
          if (rows.groups().size(layer) > 0) {
            plan.packBackward(layers, layer, part % parts, weights + layer * layerBytes);
          }
        });
    weightGradients.prepare(rows.groups());
    workers.run(
        plan.bands(),
        part -> {
          int group = plan.group(part);
          Band band = new Band(rows, group, plan.rowInGroup(part, group));
          band.weights = weights + group * layerBytes;
          run(band, values, g);
        });
    weightGradients.run(g);
  }

  /// A band, and where its numbers lie.
  private final class Band {
    private final GatedRows rows;
    private final int group;
    private final int row;
    private final int count;
    private final int first;
    private long weights;
    private long x;
    private long xBytes;
    private long dy;
    private long dyBytes;
    private long inner;
    private long dInner;
    private long dGate;
    private long dUp;
    private long tiles;

    Band(GatedRows rows, int group, int row) {
      this.rows = rows;
      this.group = group;
      this.row = row;
      count = Math.min(GatedPlan.BAND, rows.groups().size(group) - row);
      first = rows.groups().start(group) + row;
    }

    void place(Matrix xs, Matrix dys) {
      Scratch scratch = kernels.scratch();
      long hidden = 4L * plan.hidden() * GatedPlan.BAND;
      long width = 4L * plan.width() * GatedPlan.BAND;
      x = scratch.buffer(Scratch.MORE, 2 * hidden + 4 * width);
      dy = x + hidden;
      inner = dy + hidden;
      dInner = inner + width;
      dGate = dInner + width;
      dUp = dGate + width;
      long tileBytes = Math.max(GatedPlan.panelBytes(plan.hidden()), plan.intoBackPanel());
      tiles = scratch.buffer(Scratch.PANELS, panels(GatedPlan.BAND) * tileBytes);
      if (rows.source() == GatedRows.SAME) {
        x = xs.rowAddress(first);
        xBytes = 4L * xs.stride();
        dy = dys.rowAddress(first);
        dyBytes = 4L * dys.stride();
      } else {
        xBytes = 4L * plan.hidden();
        dyBytes = xBytes;
        for (int i = 0; i < count; i++) {
          int source = rows.source().row(first + i);
          TileBlocks.copy(xs.rowAddress(source), x + i * xBytes, plan.hidden());
          TileBlocks.copy(dys.rowAddress(source), dy + i * dyBytes, plan.hidden());
        }
      }
    }

    long widthBytes() {
      return 4L * plan.width();
    }
  }

  private void run(Band band, GatedValues values, GatedGradients g) {
    band.place(values.x(), g.dy());
    Scratch scratch = kernels.scratch();
    int hidden = plan.hidden();
    int width = plan.width();
    packRows(band.dy, band.dyBytes, hidden, band, 0, GatedPlan.panelBytes(hidden));
    scratch.a.set(band.tiles, GatedPlan.panelBytes(hidden), band.count);
    scratch.b.set(band.weights, GatedPlan.panelBytes(hidden), width);
    scratch.c.set(band.dInner, band.widthBytes(), false);
    blocks.multiply(steps(hidden), scratch);
    middle(band, values, g);
    long half = GatedPlan.panelBytes(width);
    packRows(band.dGate, band.widthBytes(), width, band, 0, 2 * half);
    packRows(band.dUp, band.widthBytes(), width, band, half, 2 * half);
    scratch.a.set(band.tiles, 2 * half, band.count);
    scratch.b.set(band.weights + plan.downBackBytes(), 2 * half, hidden);
    scratch.c.set(g.dx().rowAddress(band.first), 4L * g.dx().stride(), g.add());
    blocks.multiply(2 * steps(width), scratch);
    if (!g.dGate().isEmpty()) {
      packFactors(band);
    }
  }

  private void packRows(long from, long rowBytes, int columns, Band band, long at, long panel) {
    Scratch scratch = kernels.scratch();
    for (int row = 0; row < band.count; row += PANEL) {
      int some = Math.min(PANEL, band.count - row);
      scratch.rows.floats(from + row * rowBytes, rowBytes, some, columns);
      rowPacker.rows(band.tiles + at + row / PANEL * panel, scratch);
    }
  }

  /// The gradients of gate and up, and `inner`, times the rows' weights.
  private void middle(Band band, GatedValues values, GatedGradients g) {
    GatedRow middle = new GatedRow();
    int width = plan.width();
    Matrix weights = g.weights();
    Matrix dWeights = g.dWeights();
    for (int i = 0; i < band.count; i++) {
      int row = band.first + i;
      long offset = i * band.widthBytes();
      long inner = band.inner + offset;
      middle.values(values.gate().rowAddress(row), values.up().rowAddress(row), inner);
      middle.gradients(band.dInner + offset, band.dGate + offset, band.dUp + offset);
      float weight = weights == null ? 1 : NativeMemory.getFloat(weights.rowAddress(row));
      math.gatedBackward(middle, weight, width);
      if (dWeights != null) {
        float dot = math.dot(band.dInner + offset, inner, width);
        NativeMemory.setFloat(dWeights.rowAddress(row), dot);
        math.setScaled(weight, inner, inner, width);
      }
    }
  }

  /// Packs what the weights' gradients are made of, 32 rows at a time.
  private void packFactors(Band band) {
    Scratch scratch = kernels.scratch();
    long panel = weightGradients.panelBytes(band.group);
    long group = weightGradients.factors(band.group);
    for (int row = 0; row < band.count; row += 32) {
      int some = Math.min(32, band.count - row);
      long at = group + (band.row + row) / 32 * (long) TileKernel.TILE_BYTES;
      long middle = row * band.widthBytes();
      scratch.rows.floats(band.dy + row * band.dyBytes, band.dyBytes, some, plan.hidden());
      pairPacker.packTransposed(at, panel, scratch);
      scratch.rows.floats(band.x + row * band.xBytes, band.xBytes, some, plan.hidden());
      pairPacker.pack(at + plan.xPanels(band.group), panel, scratch);
      scratch.rows.floats(band.inner + middle, band.widthBytes(), some, plan.width());
      pairPacker.pack(at + plan.innerPanels(band.group), panel, scratch);
      scratch.rows.floats(band.dGate + middle, band.widthBytes(), some, plan.width());
      pairPacker.packTransposed(at + plan.dGatePanels(band.group), panel, scratch);
      scratch.rows.floats(band.dUp + middle, band.widthBytes(), some, plan.width());
      pairPacker.packTransposed(at + plan.dUpPanels(band.group), panel, scratch);
    }
  }
}
