package fathom.model;

import fathom.tensor.DType;
import fathom.tensor.KeyValueRows;
import java.util.Arrays;

/// The cache blocks of one sequence, in the order of its tokens: the token at position p lies in
/// block `p / 64`. Whoever owns the memory (the block pool) appends blocks before a step writes.
public final class BlockTable {
  private final CacheLayout layout;
  private final KeyValueRows[] layers;
  private long[] addresses = new long[8];
  private int blocks;

  /// An empty table for blocks of this layout.
  public BlockTable(CacheLayout layout) {
    this.layout = layout;
    this.layers = new KeyValueRows[layout.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] = new LayerRows(layer);
    }
  }

  /// The layout of the blocks.
  public CacheLayout layout() {
    return layout;
  }

  /// Number of blocks.
  public int blocks() {
    return blocks;
  }

  /// Tokens that the blocks have room for.
  public int capacity() {
    return blocks * CacheLayout.BLOCK_TOKENS;
  }

  /// Native address of a block.
  public long address(int block) {
    return addresses[block];
  }

  /// Adds a block of `layout().blockBytes()` bytes at the end.
  public void append(long address) {
    if (blocks == addresses.length) {
      addresses = Arrays.copyOf(addresses, 2 * blocks);
    }
    addresses[blocks++] = address;
  }

  /// Puts another block in the place of one (copy on write).
  public void replace(int block, long address) {
    addresses[block] = address;
  }

  /// Forgets all blocks from `count` on.
  public void truncate(int count) {
    blocks = Math.min(blocks, count);
  }

  /// The rows of one layer, as attention reads them; always the same object.
  public KeyValueRows layer(int layer) {
    return layers[layer];
  }

  /// Native address of the row of a position in a layer.
  public long rowAddress(int layer, int position) {
    return addresses[position / CacheLayout.BLOCK_TOKENS]
        + layout.layerOffset(layer)
        + position % CacheLayout.BLOCK_TOKENS * layout.rowBytes();
  }

  private final class LayerRows implements KeyValueRows {
    private final int layer;

    LayerRows(int layer) {
      this.layer = layer;
    }

    @Override
    public int pageRows() {
      return CacheLayout.BLOCK_TOKENS;
    }

    @Override
    public long pageAddress(int page) {
      return addresses[page] + layout.layerOffset(layer);
    }

    @Override
    public long rowBytes() {
      return layout.rowBytes();
    }

    @Override
    public DType type() {
      return layout.type();
    }
  }
}
