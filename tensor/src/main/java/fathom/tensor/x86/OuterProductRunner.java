package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.Workers;
import java.util.ArrayList;
import java.util.List;

/// Computes gradients of weights, `dw += dyᵀ x`, in BF16: chunks of tokens of all products are
/// packed, dy to tiles of A and x to tiles of B, then added to dw block by block.
///
/// The sums run over the tokens in their order, whatever the number of threads.
final class OuterProductRunner {
  /// Tokens of a product that are packed at a time.
  private static final int CHUNK = 512;

  /// Size of the blocks of dw that a part computes.
  private static final int BLOCK_ROWS = 2 * PANEL, BLOCK_COLUMNS = 512;

  private final Workers workers;
  private final KernelSet kernels;
  private final PairPacker packer;
  private final TileBlocks blocks;
  private final Scratch.NativeBuffer packed = new Scratch.NativeBuffer();
  private final List<OuterProduct> products = new ArrayList<>();
  private int count;
  private int firstToken;
  private final Workers.Task packTask = this::pack;
  private final Workers.Task multiplyTask = this::multiply;

  OuterProductRunner(Workers workers, KernelSet kernels) {
    this.workers = workers;
    this.kernels = kernels;
    packer = new PairPacker(kernels);
    blocks = new TileBlocks(kernels);
  }

  /// Begins a new list.
  void start() {
    count = 0;
  }

  /// The next product of the list, to be set.
  OuterProduct next() {
    if (count == products.size()) {
      products.add(new OuterProduct());
    }
    return products.get(count++);
  }

  /// Computes the list.
  void run() {
    firstToken = 0;
    while (planChunk()) {
      workers.run(lastPackPart(), packTask);
      workers.run(lastPart(), multiplyTask);
      firstToken += CHUNK;
    }
  }

  private boolean planChunk() {
    int packParts = 0;
    int parts = 0;
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      OuterProduct p = products.get(i);
      p.chunkTokens = Math.clamp(p.tokens() - firstToken, 0, CHUNK);
      p.firstPackPart = packParts;
      p.firstPart = parts;
      p.packed = bytes;
      if (p.chunkTokens > 0) {
        packParts += steps(p.chunkTokens);
        parts += parts(p);
        bytes += (panels(p.outputs()) + panels(p.inputs())) * panelBytes(p);
      }
    }
    long start = packed.atLeast(bytes);
    for (int i = 0; i < count; i++) {
      products.get(i).packed += start;
    }
    return packParts > 0;
  }

  private int lastPackPart() {
    OuterProduct last = products.get(count - 1);
    return last.firstPackPart + steps(last.chunkTokens);
  }

  private int lastPart() {
    OuterProduct last = products.get(count - 1);
    return last.firstPart + (last.chunkTokens > 0 ? parts(last) : 0);
  }

  private static long panelBytes(OuterProduct p) {
    return (long) steps(p.chunkTokens) * TileKernel.TILE_BYTES;
  }

  private static int columnBlocks(OuterProduct p) {
    return ProductMethod.ceilDiv(p.inputs(), BLOCK_COLUMNS);
  }

  private static int parts(OuterProduct p) {
    return ProductMethod.ceilDiv(p.outputs(), BLOCK_ROWS) * columnBlocks(p);
  }

  /// Packs 32 tokens of one product.
  private void pack(int part) {
    int i = count - 1;
    while (products.get(i).firstPackPart > part || products.get(i).chunkTokens == 0) {
      i--;
    }
    OuterProduct p = products.get(i);
    int step = part - p.firstPackPart;
    int tokens = Math.min(32, p.chunkTokens - 32 * step);
    int token = firstToken + 32 * step;
    long dyTiles = p.packed + (long) step * TileKernel.TILE_BYTES;
    long xTiles = dyTiles + panels(p.outputs()) * panelBytes(p);
    Scratch own = kernels.scratch();
    p.toDyRows(own.rows, token, tokens);
    packer.packTransposed(dyTiles, panelBytes(p), own);
    p.toXRows(own.rows, token, tokens);
    packer.pack(xTiles, panelBytes(p), own);
  }

  /// Adds a chunk's products to one block of dw.
  private void multiply(int part) {
    int i = count - 1;
    while (products.get(i).firstPart > part || products.get(i).chunkTokens == 0) {
      i--;
    }
    OuterProduct p = products.get(i);
    int block = part - p.firstPart;
    int row = block / columnBlocks(p) * BLOCK_ROWS;
    int column = block % columnBlocks(p) * BLOCK_COLUMNS;
    long panelBytes = panelBytes(p);
    long xs = p.packed + panels(p.outputs()) * panelBytes;
    int rows = Math.min(BLOCK_ROWS, p.outputs() - row);
    int columns = Math.min(BLOCK_COLUMNS, p.inputs() - column);
    Scratch own = kernels.scratch();
    own.a.set(p.packed + row / PANEL * panelBytes, panelBytes, rows);
    own.b.set(xs + column / PANEL * panelBytes, panelBytes, columns);
    p.toSums(own.c, row, column);
    blocks.multiply(steps(p.chunkTokens), own);
  }
}
