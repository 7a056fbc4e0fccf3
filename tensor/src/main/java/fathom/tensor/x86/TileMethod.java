package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.WeightMatrix;

/// Products of any format with many tokens, in BF16: bands of weight rows are unpacked to tiles of
/// A once and multiplied with all tokens, which are the packed B. Sums come out as `[rows, tokens]`
/// and are transposed into y at the end.
///
/// A number of y is the sum over tiles in order of the contraction, so a token's result does not
/// depend on the other tokens.
final class TileMethod implements ProductMethod {
  private static final int TOKEN_BLOCK = 512;
  private static final int CONTRACTION_STEP = 256, MOST_CONTRACTION_STEPS = 4;
  private static final int PACKED_BLOCK_NUMBERS = 1 << 19;

  private final KernelSet kernels;
  private final RowPacker packer;
  private final TileBlocks blocks;

  TileMethod(KernelSet kernels) {
    this.kernels = kernels;
    packer = new RowPacker(kernels);
    blocks = new TileBlocks(kernels);
  }

  private static long panelBytes(Product p) {
    return (long) steps(p.weight().columns()) * TileKernel.TILE_BYTES;
  }

  @Override
  public long packedBytes(Product p) {
    return panels(p.tokens()) * panelBytes(p);
  }

  @Override
  public int packParts(Product p) {
    return panels(p.tokens());
  }

  @Override
  public boolean packsAlike(Product one, Product other) {
    return true;
  }

  @Override
  public void pack(Product p, int part, Scratch scratch) {
    int token = part * PANEL;
    int tokens = Math.min(PANEL, p.tokens() - token);
    long panel = p.packed + part * panelBytes(p);
    p.toRows(scratch.rows, token, tokens, p.weight().columns());
    packer.rows(panel, scratch);
    packer.transpose(panel, steps(p.weight().columns()), scratch);
  }

  private static int bandRows(WeightMatrix w) {
    return w.rows() >= 1024 ? 128 : w.rows() >= 256 ? 64 : 32;
  }

  @Override
  public int parts(Product p) {
    return ProductMethod.ceilDiv(p.weight().rows(), bandRows(p.weight()));
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    int first = part * bandRows(p.weight());
    int rows = Math.min(bandRows(p.weight()), p.weight().rows() - first);
    for (int token = 0; token < p.tokens(); token += TOKEN_BLOCK) {
      int tokens = Math.min(TOKEN_BLOCK, p.tokens() - token);
      band(p, new Block(first, rows, token, tokens), scratch);
    }
  }

  /// A block of the result, before transposition.
  private record Block(int row, int rows, int token, int tokens) {
    long sumsRowBytes() {
      return 4L * PANEL * panels(tokens);
    }

    /// Numbers of the contraction at a time, so that their part of the packed tokens stays in the
    /// second-level cache.
    int contraction() {
      int steps = PACKED_BLOCK_NUMBERS / (PANEL * panels(tokens)) / CONTRACTION_STEP;
      return Math.clamp(steps, 1, MOST_CONTRACTION_STEPS) * CONTRACTION_STEP;
    }
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    return blocks.instructions();
  }

  private void band(Product p, Block block, Scratch scratch) {
    int columns = p.weight().columns();
    long sums =
        scratch.buffer(Scratch.SUMS, (long) panels(block.rows) * PANEL * block.sumsRowBytes());
    long xs = p.packed + block.token / PANEL * panelBytes(p);
    for (int k = 0; k < columns; k += block.contraction()) {
      int count = Math.min(block.contraction(), columns - k);
      long from = xs + (long) k / 32 * TileKernel.TILE_BYTES;
      scratch.b.set(from, panelBytes(p), panels(block.tokens) * PANEL);
      for (int row = 0; row < block.rows; row += 2 * PANEL) {
        int rows = Math.min(2 * PANEL, block.rows - row);
        long panelBytes = (long) steps(count) * TileKernel.TILE_BYTES;
        long tiles = scratch.buffer(Scratch.PANELS, 2 * panelBytes);
        for (int half = 0; half < rows; half += PANEL) {
          RowPacker.Part part =
              new RowPacker.Part(block.row + row + half, Math.min(PANEL, rows - half), k, count);
          long panel = tiles + half / PANEL * panelBytes;
          if (p.lanes == null) {
            packer.weights(p.weight(), part, panel, scratch);
          } else {
            packer.lanes(p.lanes, part, panel, scratch);
          }
        }
        scratch.a.set(tiles, panelBytes, panels(rows) * PANEL);
        scratch.c.set(sums + row * block.sumsRowBytes(), block.sumsRowBytes(), k > 0);
        blocks.multiply(steps(count), scratch);
      }
    }
    for (int row = 0; row < block.rows; row += PANEL) {
      transpose(p, block, row, sums + row * block.sumsRowBytes(), scratch);
    }
  }

  /// 16 rows of sums to 16 columns of y.
  private void transpose(Product p, Block block, int row, long sums, Scratch scratch) {
    int rows = Math.min(PANEL, block.rows - row);
    int whole = rows == PANEL ? block.tokens / PANEL : 0;
    long to = p.y(block.token) + 4L * (block.row + row);
    scratch.set(TransposeKernel.SOURCE_ROW, block.sumsRowBytes());
    scratch.set(TransposeKernel.SOURCE_STEP, TileKernel.TILE_ROW_BYTES);
    if (whole > 0) {
      scratch.set(TransposeKernel.SOURCE, sums);
      scratch.set(TransposeKernel.TARGET, to);
      scratch.set(TransposeKernel.TARGET_ROW, p.yRowBytes());
      scratch.set(TransposeKernel.TARGET_STEP, PANEL * p.yRowBytes());
      scratch.set(TransposeKernel.SQUARES, whole);
      scratch.call(kernels.transpose());
    }
    for (int token = whole * PANEL; token < block.tokens; token += PANEL) {
      long square = scratch.buffer(Scratch.EDGE, TileKernel.TILE_BYTES);
      scratch.set(TransposeKernel.SOURCE, sums + 4L * token);
      scratch.set(TransposeKernel.TARGET, square);
      scratch.set(TransposeKernel.TARGET_ROW, TileKernel.TILE_ROW_BYTES);
      scratch.set(TransposeKernel.SQUARES, 1);
      scratch.call(kernels.transpose());
      for (int i = 0; i < Math.min(PANEL, block.tokens - token); i++) {
        long from = square + (long) i * TileKernel.TILE_ROW_BYTES;
        TileBlocks.copy(from, to + (token + i) * p.yRowBytes(), rows);
      }
    }
  }
}
