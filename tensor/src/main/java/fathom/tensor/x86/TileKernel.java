package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RSP;

/// Assembles the product of packed BF16 panels into float32: panels of 16 rows of A with panels of
/// 16 columns of B, one or two of each at a time. The loops are here; what a block of C is computed
/// with is a [BlockProduct]: the tiles of AMX, or dot products of AVX-512.
///
/// A panel is a row of 1 KiB tiles along the contraction: of A 16 rows x 32 BF16, of B 16 pairs x
/// 16 columns. Each number of C is the sum over its tiles in order of the contraction, whatever the
/// blocking.
///
/// Arguments: A, bytes from one panel of A to the next, B, bytes of a panel of B, tiles in a panel,
/// C, bytes of a row of C, blocks of columns, whether C is added to (1) or overwritten (0), blocks
/// of rows.
final class TileKernel {
  static final int A = 0, A_PANEL = 1, B = 2, B_PANEL = 3, STEPS = 4, C = 5, C_ROW = 6;
  static final int BLOCKS = 7, ADD = 8, ROW_BLOCKS = 9;
  static final int ARGUMENTS = 10;

  /// Bytes of a tile, and of one of its rows.
  static final int TILE_BYTES = 1024, TILE_ROW_BYTES = 64;

  /// Stack: what the block product keeps there, then row blocks that are left and where C's rows
  /// begin.
  private static final int LEFT = 64, C_ROWS = 72, STACK = 128;

  private final Assembler a = new Assembler();
  private final int aPanels;
  private final int bPanels;
  private final BlockProduct product;

  TileKernel(Tier tier, int aPanels, int bPanels) {
    this.aPanels = aPanels;
    this.bPanels = bPanels;
    product =
        tier == Tier.AMX
            ? new TileBlockProduct(a, aPanels, bPanels)
            : new PairBlockProduct(a, aPanels, bPanels);
  }

  Assembler assemble() {
    KernelFrame.enter(a, STACK);
    product.begin();
    KernelFrame.argument(a, R8, A);
    KernelFrame.argument(a, R9, A_PANEL);
    KernelFrame.argument(a, R11, B_PANEL);
    KernelFrame.argument(a, R12, C);
    KernelFrame.argument(a, R13, C_ROW);
    KernelFrame.argument(a, RCX, ROW_BLOCKS);
    a.mov(Memory.at(RSP, LEFT), RCX);
    Label rowBlock = new Label();
    Label block = new Label();
    a.place(rowBlock);
    a.mov(Memory.at(RSP, C_ROWS), R12);
    KernelFrame.argument(a, R10, B);
    KernelFrame.argument(a, R14, BLOCKS);
    a.place(block);
    product.block();
    for (int n = 0; n < bPanels; n++) {
      a.add(R10, R11);
    }
    a.add(R12, TILE_ROW_BYTES * bPanels);
    a.sub(R14, 1);
    a.jne(block);
    a.mov(R12, Memory.at(RSP, C_ROWS));
    a.mov(RCX, R13);
    a.shl(RCX, aPanels == 2 ? 5 : 4);
    a.add(R12, RCX);
    for (int m = 0; m < aPanels; m++) {
      a.add(R8, R9);
    }
    a.mov(RCX, Memory.at(RSP, LEFT));
    a.sub(RCX, 1);
    a.mov(Memory.at(RSP, LEFT), RCX);
    a.jne(rowBlock);
    product.end();
    KernelFrame.leave(a, STACK);
    return a;
  }
}
