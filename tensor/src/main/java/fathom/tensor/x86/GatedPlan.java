package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.GatedLayers;
import fathom.tensor.RowGroups;
import fathom.tensor.WeightMatrix;

/// How the rows of gated layers are cut into bands of one layer each, and how their matrices are
/// packed. Reused from step to step.
final class GatedPlan {
  /// Rows of a band: what is made of them on the way fits into the second-level cache.
  static final int BAND = 128;

  private final RowPacker rowPacker;
  private final PairPacker pairPacker;
  private int[] firstBands = new int[1];
  private RowGroups groups = new RowGroups(0);
  private int hidden;
  private int width;

  GatedPlan(KernelSet kernels) {
    rowPacker = new RowPacker(kernels);
    pairPacker = new PairPacker(kernels);
  }

  void set(GatedLayers layers, RowGroups newGroups) {
    groups = newGroups;
    hidden = layers.hidden();
    width = layers.width();
    if (firstBands.length < groups.groups() + 1) {
      firstBands = new int[groups.groups() + 1];
    }
    for (int g = 0; g < groups.groups(); g++) {
      firstBands[g + 1] = firstBands[g] + ProductMethod.ceilDiv(groups.size(g), BAND);
    }
  }

  int hidden() {
    return hidden;
  }

  int width() {
    return width;
  }

  int bands() {
    return firstBands[groups.groups()];
  }

  int group(int band) {
    int group = 0;
    while (firstBands[group + 1] <= band) {
      group++;
    }
    return group;
  }

  /// Rows of its group before a band.
  int rowInGroup(int band, int group) {
    return (band - firstBands[group]) * BAND;
  }

  static long panelBytes(int contraction) {
    return (long) steps(contraction) * TileKernel.TILE_BYTES;
  }

  /// Bytes of gate and up, packed to give the middle; each half is one of them.
  long intoBytes() {
    return 2L * panels(width) * panelBytes(hidden);
  }

  /// Bytes of down, packed to give the output.
  long outBytes() {
    return panels(hidden) * panelBytes(width);
  }

  /// Parts of the packing of one layer's matrices for forward.
  int forwardParts() {
    return 2 * panels(width) + panels(hidden);
  }

  /// Packs one part: 16 rows of gate, up or down; `at` is where the layer's matrices are to lie.
  void packForward(GatedLayers layers, int layer, int part, long at) {
    int middle = panels(width);
    if (part < 2 * middle) {
      WeightMatrix w = part < middle ? layers.gate().get(layer) : layers.up().get(layer);
      packRows(w, part % middle, at + part * panelBytes(hidden));
    } else {
      int panel = part - 2 * middle;
      packRows(layers.down().get(layer), panel, at + intoBytes() + panel * panelBytes(width));
    }
  }

  private void packRows(WeightMatrix w, int panel, long to) {
    Scratch scratch = rowPacker.scratch();
    int row = panel * PANEL;
    int rows = Math.min(PANEL, w.rows() - row);
    rowPacker.weights(w, new RowPacker.Part(row, rows, 0, w.columns()), to, scratch);
    rowPacker.transpose(to, steps(w.columns()), scratch);
  }

  /// Bytes of down, packed to give the middle's gradient.
  long downBackBytes() {
    return panels(width) * panelBytes(hidden);
  }

  /// Bytes of a panel of gate above up, packed to give the input's gradient.
  long intoBackPanel() {
    return 2 * panelBytes(width);
  }

  long intoBackBytes() {
    return panels(hidden) * intoBackPanel();
  }

  int backwardParts() {
    return steps(hidden) + 2 * steps(width);
  }

  /// Packs one part for backward: 32 rows of down, gate or up.
  void packBackward(GatedLayers layers, int layer, int part, long at) {
    if (part < steps(hidden)) {
      packPairs(layers.down().get(layer), part, at, part, panelBytes(hidden));
    } else {
      int tile = part - steps(hidden);
      boolean isGate = tile < steps(width);
      WeightMatrix w = isGate ? layers.gate().get(layer) : layers.up().get(layer);
      int step = isGate ? tile : tile - steps(width);
      packPairs(w, step, at + downBackBytes(), tile, intoBackPanel());
    }
  }

  /// Packs 32 rows as the tiles number `tile` of all panels.
  private void packPairs(WeightMatrix w, int step, long at, int tile, long panelBytes) {
    Scratch scratch = rowPacker.scratch();
    int row = 32 * step;
    int rows = Math.min(32, w.rows() - row);
    scratch.rows.floats(w.rowAddress(row), w.rowBytes(), rows, w.columns());
    pairPacker.pack(at + (long) tile * TileKernel.TILE_BYTES, panelBytes, scratch);
  }

  // ---- packed factors of the weights' gradients: contracted over the rows of a group

  /// Where one group's packed factors lie, one behind the other.
  long dyPanels(int group) {
    return 0;
  }

  long xPanels(int group) {
    return panels(hidden) * panelBytes(groups.size(group));
  }

  long innerPanels(int group) {
    return 2 * xPanels(group);
  }

  long dGatePanels(int group) {
    return innerPanels(group) + panels(width) * panelBytes(groups.size(group));
  }

  long dUpPanels(int group) {
    return dGatePanels(group) + panels(width) * panelBytes(groups.size(group));
  }

  long factorBytes(int group) {
    return dUpPanels(group) + panels(width) * panelBytes(groups.size(group));
  }
}
