package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.AttentionShape;
import fathom.tensor.KeyValueRows;
import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Packs a chunk of one head's stored keys and values: keys to tiles of A, contracted over their
/// columns; values to tiles of B, contracted over positions.
final class KeyValuePacker {
  private static final int ROWS = 32;

  private final RowPacker rowPacker;
  private final PairPacker pairPacker;

  KeyValuePacker(KernelSet kernels) {
    rowPacker = new RowPacker(kernels);
    pairPacker = new PairPacker(kernels);
  }

  static long keyPanelBytes(AttentionShape shape) {
    return (long) steps(shape.keyDim()) * TileKernel.TILE_BYTES;
  }

  static long keyBytes(AttentionShape shape, int count) {
    return panels(count) * keyPanelBytes(shape);
  }

  static long valuePanelBytes(int count) {
    return (long) steps(count) * TileKernel.TILE_BYTES;
  }

  static long valueBytes(AttentionShape shape, int count) {
    return panels(shape.valueDim()) * valuePanelBytes(count);
  }

  /// Positions `first .. first + count - 1` of a store. Reused.
  static final class Chunk {
    private @Nullable KeyValueRows stored;
    private int first;
    private int count;

    Chunk set(KeyValueRows newStored, int newFirst, int newCount) {
      stored = newStored;
      first = newFirst;
      count = newCount;
      return this;
    }

    /// Lets go of the store.
    void clear() {
      stored = null;
    }

    KeyValueRows stored() {
      if (stored == null) {
        throw new IllegalStateException("chunk: not set");
      }
      return stored;
    }

    int count() {
      return count;
    }
  }

  /// One head's keys, one panel for each 16 positions, at `target`.
  void keys(AttentionShape shape, int head, Chunk chunk, long target, Scratch scratch) {
    rows(head * shape.keyDim(), shape.keyDim(), chunk, target, scratch);
  }

  /// Any columns, contracted themselves, one panel for each 16 positions.
  void rows(int column, int columns, Chunk chunk, long target, Scratch scratch) {
    long panelBytes = (long) steps(columns) * TileKernel.TILE_BYTES;
    for (int row = 0; row < chunk.count; row += PANEL) {
      toRows(chunk, row, Math.min(PANEL, chunk.count - row), column, columns, scratch);
      rowPacker.rows(target + row / PANEL * panelBytes, scratch);
    }
  }

  /// One head's values, one panel for each 16 of their columns, at `target`; missing positions are
  /// zeros.
  void values(AttentionShape shape, int head, Chunk chunk, long target, Scratch scratch) {
    int column = shape.valueOffset() + head * shape.valueDim();
    pairs(column, shape.valueDim(), chunk, target, scratch);
  }

  /// Any columns, contracted over positions.
  void pairs(int column, int columns, Chunk chunk, long target, Scratch scratch) {
    for (int row = 0; row < chunk.count; row += ROWS) {
      toRows(chunk, row, Math.min(ROWS, chunk.count - row), column, columns, scratch);
      long tiles = target + (long) row / ROWS * TileKernel.TILE_BYTES;
      pairPacker.pack(tiles, valuePanelBytes(chunk.count), scratch);
    }
  }

  /// Sets the scratch's rows: where they lie in their page, or copied together from several.
  private static void toRows(
      Chunk chunk, int row, int count, int column, int columns, Scratch scratch) {
    KeyValueRows stored = chunk.stored();
    int inPage = (chunk.first + row) % stored.pageRows();
    if (inPage + count <= stored.pageRows()) {
      long from = address(chunk, row, column);
      scratch.rows.floats(from, stored.rowBytes(), count, columns).of(stored.type());
      return;
    }
    long bytes = stored.type().bytes(columns);
    long copy = scratch.buffer(Scratch.MORE, count * bytes);
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          NativeMemory.ALL,
          address(chunk, row + i, column),
          NativeMemory.ALL,
          copy + i * bytes,
          bytes);
    }
    scratch.rows.floats(copy, bytes, count, columns).of(stored.type());
  }

  private static long address(Chunk chunk, int row, int column) {
    KeyValueRows stored = chunk.stored();
    int position = chunk.first + row;
    return stored.pageAddress(position / stored.pageRows())
        + position % stored.pageRows() * stored.rowBytes()
        + stored.type().bytes(column);
  }
}
