package fathom.tensor.x86;

import static fathom.tensor.x86.TileBlocks.PANEL;
import static fathom.tensor.x86.TileBlocks.panels;
import static fathom.tensor.x86.TileBlocks.steps;

import fathom.tensor.AttentionShape;
import fathom.tensor.DType;
import fathom.tensor.KeyValueRows;
import fathom.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;

/// Packs a chunk of one head's stored keys and values for AMX: keys to tiles of A, contracted over
/// their columns; values to tiles of B, contracted over positions.
final class KeyValuePacker {
  private static final int ROWS = 32;

  private final KernelSet kernels;

  KeyValuePacker(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// Rows `first .. first + count - 1` of a store, of one key/value head.
  record Chunk(KeyValueRows stored, int head, int first, int count) {}

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

  /// Keys, one panel for each 16 positions, at `target`.
  void keys(AttentionShape shape, Chunk chunk, long target, Scratch scratch) {
    int column = chunk.head * shape.keyDim();
    for (int row = 0; row < chunk.count; row += PANEL) {
      int rows = Math.min(PANEL, chunk.count - row);
      long from = rows(chunk, row, rows, column, shape.keyDim(), scratch);
      scratch.set(PackKernel.SOURCE, from);
      scratch.set(PackKernel.ROW_BYTES, rowBytes(chunk, row, rows, shape.keyDim()));
      scratch.set(PackKernel.ROWS, rows);
      scratch.set(PackKernel.SCALES, 0);
      scratch.set(PackKernel.STEPS, shape.keyDim() / 32);
      scratch.set(PackKernel.LAST, (1L << shape.keyDim() % 32) - 1);
      scratch.set(PackKernel.TILES, target + row / PANEL * keyPanelBytes(shape));
      scratch.call(kernels.unpack(chunk.stored.type()));
    }
  }

  /// Values, one panel for each 16 of their columns, at `target`; missing positions are zeros.
  void values(AttentionShape shape, Chunk chunk, long target, Scratch scratch) {
    int column = shape.valueOffset() + chunk.head * shape.valueDim();
    PairPacker packer = new PairPacker(kernels);
    for (int row = 0; row < chunk.count; row += ROWS) {
      int rows = Math.min(ROWS, chunk.count - row);
      long from = rows(chunk, row, rows, column, shape.valueDim(), scratch);
      long rowBytes = rowBytes(chunk, row, rows, shape.valueDim());
      PairPacker.Rows source =
          new PairPacker.Rows(chunk.stored.type(), from, rowBytes, rows, shape.valueDim());
      long tiles = target + (long) row / ROWS * TileKernel.TILE_BYTES;
      packer.pack(source, tiles, valuePanelBytes(chunk.count), scratch);
    }
  }

  private static boolean inOnePage(Chunk chunk, int row, int rows) {
    int inPage = (chunk.first + row) % chunk.stored.pageRows();
    return inPage + rows <= chunk.stored.pageRows();
  }

  private static long rowBytes(Chunk chunk, int row, int rows, int columns) {
    return inOnePage(chunk, row, rows)
        ? chunk.stored.rowBytes()
        : chunk.stored.type().bytes(columns);
  }

  /// Address of some rows from a column on: in their page, or copied together from several.
  private static long rows(
      Chunk chunk, int row, int rows, int column, int columns, Scratch scratch) {
    if (inOnePage(chunk, row, rows)) {
      return address(chunk, row, column);
    }
    long bytes = chunk.stored.type().bytes(columns);
    long copy = scratch.buffer(Scratch.MORE, rows * bytes);
    for (int i = 0; i < rows; i++) {
      MemorySegment.copy(
          NativeMemory.ALL,
          address(chunk, row + i, column),
          NativeMemory.ALL,
          copy + i * bytes,
          bytes);
    }
    return copy;
  }

  private static long address(Chunk chunk, int row, int column) {
    KeyValueRows stored = chunk.stored;
    int position = chunk.first + row;
    DType type = stored.type();
    return stored.pageAddress(position / stored.pageRows())
        + position % stored.pageRows() * stored.rowBytes()
        + type.bytes(column);
  }
}
