package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

import fathom.tensor.DType;
import java.util.Arrays;

/// Assembles the packing of 32 rows of F32, F16 or BF16 whose *rows* are contracted into tiles of
/// BF16 pairs, the B side of a [TileKernel], one tile for each 16 columns. AVX-512.
///
/// ```
/// row 2p      a0 a1 … a15 │ next panel        tile, row p:  a0 b0 a1 b1 … a15 b15
/// row 2p + 1  b0 b1 … b15 │
/// ```
///
/// Arguments: source, bytes of a row, panels of 16 columns, columns of each panel as a mask of 16
/// bits, destination, bytes of a panel.
final class InterleaveKernel {
  static final int SOURCE = 0, ROW_BYTES = 1, PANELS = 2, LANES = 3, TILES = 4, PANEL_BYTES = 5;
  static final int ARGUMENTS = 6;

  private static final Mask COLUMNS = new Mask(1);
  private static final Vector EVEN = zmm(0), ODD = zmm(1), ORDER = zmm(16);

  private final Assembler a = new Assembler();
  private final DType format;

  InterleaveKernel(DType format) {
    this.format = format;
  }

  /// Two rows of 16 words side by side become 16 pairs.
  static int[] order() {
    int[] order = new int[16];
    Arrays.setAll(order, i -> i | (16 + i) << 16);
    return order;
  }

  Assembler assemble() {
    KernelFrame.enter(a, 64);
    KernelFrame.argument(a, R8, SOURCE);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R10, PANELS);
    KernelFrame.argument(a, R11, TILES);
    KernelFrame.argument(a, R12, PANEL_BYTES);
    KernelFrame.table(a, ORDER, 0, KernelFrame.bytes(order()));
    KernelFrame.argument(a, RAX, LANES);
    a.kmovd(COLUMNS, RAX);
    Label panel = new Label();
    a.place(panel);
    a.mov(RSI, R8);
    for (int pair = 0; pair < 16; pair++) {
      twoRows();
      a.lea(RSI, Memory.at(RSI, R9, 2));
      a.vpermw(EVEN, ORDER, EVEN);
      a.vmovups(Memory.at(R11, TileKernel.TILE_ROW_BYTES * pair), EVEN);
    }
    a.add(R8, 16 * format.blockBytes());
    a.add(R11, R12);
    a.sub(R10, 1);
    a.jne(panel);
    KernelFrame.leave(a, 64);
    return a;
  }

  /// EVEN = 16 numbers of this row, then 16 of the next, as BF16.
  private void twoRows() {
    Memory even = Memory.at(RSI);
    Memory odd = Memory.at(RSI, R9, 1);
    switch (format) {
      case F32 -> {
        a.vmovups(EVEN.zeroed(COLUMNS), even);
        a.vmovups(ODD.zeroed(COLUMNS), odd);
        a.vcvtne2ps2bf16(EVEN, ODD, EVEN);
      }
      case F16 -> {
        a.vcvtph2ps(EVEN.zeroed(COLUMNS), even);
        a.vcvtph2ps(ODD.zeroed(COLUMNS), odd);
        a.vcvtne2ps2bf16(EVEN, ODD, EVEN);
      }
      case BF16 -> {
        a.vmovdqu16(EVEN.y().zeroed(COLUMNS), even);
        a.vmovdqu16(ODD.y().zeroed(COLUMNS), odd);
        a.vinserti64x4(EVEN, EVEN, ODD.y(), 1);
      }
      default -> throw new IllegalStateException("no pairs of " + format);
    }
  }
}
