package fathom.tensor.x86;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.WeightMatrix;

/// Packs rows whose columns are contracted into panels of BF16 tiles.
final class RowPacker {
  private final KernelSet kernels;
  private final boolean isSideBySide;

  RowPacker(KernelSet kernels) {
    this(kernels, false);
  }

  private RowPacker(KernelSet kernels, boolean isSideBySide) {
    this.kernels = kernels;
    this.isSideBySide = isSideBySide;
  }

  /// A packer whose panels lie two side by side: the next tile of a panel is the next but one.
  static RowPacker sideBySide(KernelSet kernels) {
    return new RowPacker(kernels, true);
  }

  private MachineCode unpack(DType format) {
    return isSideBySide ? kernels.unpackSideBySide(format) : kernels.unpack(format);
  }

  /// The calling thread's memory.
  Scratch scratch() {
    return kernels.scratch();
  }

  static boolean packs(DType format) {
    return BlockReader.reads(format) || PackKernel.packs(format);
  }

  /// A range of a weight's rows, at most 16, and of its columns; the first column is a multiple of
  /// 256.
  record Part(int row, int rows, int column, int columns) {}

  /// Rows of a weight as one panel of A at `panel`.
  void weights(WeightMatrix w, Part part, long panel, Scratch scratch) {
    if (BlockReader.reads(w.type())) {
      scratch.set(UnpackKernel.WEIGHTS, address(w, part));
      scratch.set(UnpackKernel.ROW_BYTES, w.rowBytes());
      scratch.set(UnpackKernel.ROWS, part.rows);
      scratch.set(UnpackKernel.RECORDS, part.columns / w.type().blockSize());
      scratch.set(UnpackKernel.TILES, panel);
      scratch.call(unpack(w.type()));
      return;
    }
    Fp8Blocks scales = w.scales();
    if (scales == null) {
      long ones = w.type() == DType.F8_E4M3 ? scratch.ones(part.columns / Fp8Blocks.SIZE + 1) : 0;
      plain(w, part, panel, scratch, ones);
      return;
    }
    int row = part.row;
    int end = row + part.rows;
    while (row < end) {
      int blockRow = (scales.firstRow() + row) / Fp8Blocks.SIZE;
      int stop = Math.min(end, (blockRow + 1) * Fp8Blocks.SIZE - scales.firstRow());
      long from = scales.scaleInv().rowAddress(blockRow) + 4L * (part.column / Fp8Blocks.SIZE);
      long to = panel + (long) (row - part.row) * TileKernel.TILE_ROW_BYTES;
      plain(w, new Part(row, stop - row, part.column, part.columns), to, scratch, from);
      row = stop;
    }
  }

  /// The same of a weight whose rows are lanes; the first row is a multiple of 16. Words are turned
  /// back to rows, which are then unpacked as if they lay so in a file.
  void lanes(LaneWeight w, Part part, long panel, Scratch scratch) {
    LaneForm form = w.form();
    int record = form.records(part.column);
    int records = form.records(part.columns);
    int squares = (records * form.words() + LaneForm.ROWS - 1) / LaneForm.ROWS;
    long rowBytes = (long) squares * TileKernel.TILE_ROW_BYTES;
    long rows = scratch.buffer(Scratch.MORE, LaneForm.ROWS * rowBytes);
    long group = w.group(part.row / LaneForm.ROWS);
    scratch.set(TransposeKernel.SOURCE, group + (long) record * form.words() * LaneForm.WORD_BYTES);
    scratch.set(TransposeKernel.SOURCE_ROW, LaneForm.WORD_BYTES);
    scratch.set(TransposeKernel.TARGET, rows);
    scratch.set(TransposeKernel.TARGET_ROW, rowBytes);
    scratch.set(TransposeKernel.SQUARES, squares);
    scratch.set(TransposeKernel.SOURCE_STEP, TileKernel.TILE_BYTES);
    scratch.set(TransposeKernel.TARGET_STEP, TileKernel.TILE_ROW_BYTES);
    scratch.call(kernels.transpose());
    scratch.set(UnpackKernel.WEIGHTS, rows);
    scratch.set(UnpackKernel.ROW_BYTES, rowBytes);
    scratch.set(UnpackKernel.ROWS, part.rows);
    scratch.set(UnpackKernel.RECORDS, records);
    scratch.set(UnpackKernel.TILES, panel);
    scratch.set(UnpackKernel.HALVES, group + w.wordBytes() + (long) record * LaneForm.HALF_BYTES);
    scratch.call(kernels.unpackLanes(form.format()));
  }

  private static long address(WeightMatrix w, Part part) {
    return w.rowAddress(part.row) + w.type().bytes(part.column);
  }

  private void plain(WeightMatrix w, Part part, long panel, Scratch scratch, long scales) {
    scratch.set(PackKernel.SOURCE, address(w, part));
    scratch.set(PackKernel.ROW_BYTES, w.rowBytes());
    scratch.set(PackKernel.ROWS, part.rows);
    scratch.set(PackKernel.SCALES, scales);
    pack(w.type(), part.columns, panel, scratch);
  }

  /// The scratch's rows, at most 16, as one panel of A at `panel`, or as a part of one.
  void rows(long panel, Scratch scratch) {
    Rows rows = scratch.rows;
    scratch.set(PackKernel.SOURCE, rows.address());
    scratch.set(PackKernel.ROW_BYTES, rows.rowBytes());
    scratch.set(PackKernel.ROWS, rows.count());
    scratch.set(PackKernel.SCALES, 0);
    pack(rows.type(), rows.columns(), panel, scratch);
  }

  private void pack(DType format, int columns, long panel, Scratch scratch) {
    scratch.set(PackKernel.STEPS, columns / 32);
    scratch.set(PackKernel.LAST, (1L << columns % 32) - 1);
    scratch.set(PackKernel.TILES, panel);
    scratch.call(unpack(format));
  }

  /// Makes a panel of B out of a panel of A, or the other way round, in place.
  void transpose(long panel, int steps, Scratch scratch) {
    scratch.set(TransposeKernel.SOURCE, panel);
    scratch.set(TransposeKernel.SOURCE_ROW, TileKernel.TILE_ROW_BYTES);
    scratch.set(TransposeKernel.TARGET, panel);
    scratch.set(TransposeKernel.TARGET_ROW, TileKernel.TILE_ROW_BYTES);
    scratch.set(TransposeKernel.SQUARES, steps);
    scratch.set(TransposeKernel.SOURCE_STEP, TileKernel.TILE_BYTES);
    scratch.set(TransposeKernel.TARGET_STEP, TileKernel.TILE_BYTES);
    scratch.call(kernels.transpose());
  }
}
