package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.WeightMatrix;

/// Products with few weights and many tokens, in BF16, as training has them: the whole weight is
/// packed to tiles of B first, then bands of tokens are packed to tiles of A and multiplied, and
/// sums go straight to y. Serves `y = x wᵀ`, `y = x w` and `y += x w`.
///
/// Each number is the same sum in the same order as with [TileMethod].
final class TokenTileMethod implements ProductMethod {
  private static final long BAND_BYTES = 512 << 10;
  private static final long CHUNK_BYTES = 256 << 10;
  private static final int MOST_BAND = 256;

  private final boolean transposed;
  private final RowPacker rowPacker;
  private final WeightPairPacker pairPacker;
  private final TileBlocks blocks;

  /// @param transposed whether y += x w is computed instead of y = x wᵀ
  TokenTileMethod(KernelSet kernels, boolean transposed) {
    this.transposed = transposed;
    rowPacker = new RowPacker(kernels);
    pairPacker = new WeightPairPacker(kernels);
    blocks = new TileBlocks(kernels);
  }

  /// Length of the contraction.
  private int inputs(Product p) {
    return transposed ? p.weight().rows() : p.weight().columns();
  }

  private int outputs(Product p) {
    return transposed ? p.weight().columns() : p.weight().rows();
  }

  private long panelBytes(Product p) {
    return (long) steps(inputs(p)) * TileKernel.TILE_BYTES;
  }

  @Override
  public long packedBytes(Product p) {
    return panels(outputs(p)) * panelBytes(p);
  }

  @Override
  public int packParts(Product p) {
    return transposed ? steps(inputs(p)) : panels(outputs(p));
  }

  @Override
  public void pack(Product p, int part, Scratch scratch) {
    WeightMatrix w = p.weight();
    if (transposed) {
      int row = 32 * part;
      int rows = Math.min(32, w.rows() - row);
      long tiles = p.packed + (long) part * TileKernel.TILE_BYTES;
      pairPacker.pack(w, row, rows, tiles, panelBytes(p), scratch);
      return;
    }
    int row = PANEL * part;
    long panel = p.packed + part * panelBytes(p);
    int rows = Math.min(PANEL, w.rows() - row);
    rowPacker.weights(w, new RowPacker.Part(row, rows, 0, w.columns()), panel, scratch);
    rowPacker.transpose(panel, steps(w.columns()), scratch);
  }

  private int bandTokens(Product p) {
    long tokens = BAND_BYTES / (2L * 32 * steps(inputs(p))) / (2 * PANEL);
    return Math.clamp(tokens, 1, MOST_BAND / (2 * PANEL)) * 2 * PANEL;
  }

  @Override
  public int parts(Product p) {
    return p.isSharing ? 0 : ProductMethod.ceilDiv(p.tokens(), bandTokens(p));
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    int first = part * bandTokens(p);
    int tokens = Math.min(bandTokens(p), p.tokens() - first);
    long panelBytes = panelBytes(p);
    long tiles = scratch.buffer(Scratch.PANELS, panels(tokens) * panelBytes);
    for (int token = 0; token < tokens; token += PANEL) {
      int count = Math.min(PANEL, tokens - token);
      long panel = tiles + token / PANEL * panelBytes;
      p.toRows(scratch.rows, first + token, count, inputs(p));
      rowPacker.rows(panel, scratch);
    }
    for (Product q = p; q != null; q = q.sharing) {
      scratch.a.set(tiles, panelBytes, tokens);
      multiplyBand(q, first, scratch);
    }
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    return blocks.instructions();
  }

  /// The scratch's packed tokens with the whole weight.
  private void multiplyBand(Product p, int first, Scratch scratch) {
    long panelBytes = panelBytes(p);
    int outputs = outputs(p);
    int chunk = (int) Math.max(CHUNK_BYTES / panelBytes / 2 * 2, 2) * PANEL;
    for (int output = 0; output < outputs; output += chunk) {
      int count = Math.min(chunk, outputs - output);
      scratch.b.set(p.packed + output / PANEL * panelBytes, panelBytes, count);
      scratch.c.set(p.y(first) + 4L * output, p.yRowBytes(), p.add);
      blocks.multiply(steps(inputs(p)), scratch);
    }
  }
}
