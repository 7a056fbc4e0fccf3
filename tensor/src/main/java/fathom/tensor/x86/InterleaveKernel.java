package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

/// Assembles the packing of 32 rows of float32 whose *rows* are contracted into tiles of BF16
/// pairs, the B side of a [TileKernel], one tile for each 16 columns. AVX-512.
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

  private InterleaveKernel() {}

  static Assembler assemble() {
    Assembler a = new Assembler();
    KernelFrame.enter(a, 64);
    KernelFrame.argument(a, R8, SOURCE);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R10, PANELS);
    KernelFrame.argument(a, R11, TILES);
    KernelFrame.argument(a, R12, PANEL_BYTES);
    int[] order = new int[16];
    java.util.Arrays.setAll(order, i -> i | (16 + i) << 16);
    KernelFrame.table(a, ORDER, 0, KernelFrame.bytes(order));
    KernelFrame.argument(a, RAX, LANES);
    a.kmovd(COLUMNS, RAX);
    Label panel = new Label();
    a.place(panel);
    a.mov(RSI, R8);
    for (int pair = 0; pair < 16; pair++) {
      a.vmovups(EVEN.zeroed(COLUMNS), Memory.at(RSI));
      a.vmovups(ODD.zeroed(COLUMNS), Memory.at(RSI, R9, 1));
      a.lea(RSI, Memory.at(RSI, R9, 2));
      a.vcvtne2ps2bf16(EVEN, ODD, EVEN);
      a.vpermw(EVEN, ORDER, EVEN);
      a.vmovups(Memory.at(R11, TileKernel.TILE_ROW_BYTES * pair), EVEN);
    }
    a.add(R8, 64);
    a.add(R11, R12);
    a.sub(R10, 1);
    a.jne(panel);
    KernelFrame.leave(a, 64);
    return a;
  }
}
