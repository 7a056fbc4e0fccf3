package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Register.RSP;

/// Assembles the AMX product of packed BF16 panels into float32: panels of 16 rows of A with panels
/// of 16 columns of B, one or two of each at a time.
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

  private static final int FIRST_A = 4, FIRST_B = 6;

  /// Stack: the tiles' shapes, then row blocks that are left and where C's rows begin.
  private static final int LEFT = 64, C_ROWS = 72, STACK = 128;

  private final Assembler a = new Assembler();
  private final int aPanels;
  private final int bPanels;

  TileKernel(int aPanels, int bPanels) {
    this.aPanels = aPanels;
    this.bPanels = bPanels;
  }

  Assembler assemble() {
    KernelFrame.enter(a, STACK);
    configure(a);
    KernelFrame.argument(a, R8, A);
    KernelFrame.argument(a, R9, A_PANEL);
    KernelFrame.argument(a, R11, B_PANEL);
    KernelFrame.argument(a, R12, C);
    KernelFrame.argument(a, R13, C_ROW);
    KernelFrame.argument(a, RCX, ROW_BLOCKS);
    a.mov(Memory.at(RSP, LEFT), RCX);
    a.mov(RAX, TILE_ROW_BYTES);
    Label rowBlock = new Label();
    Label block = new Label();
    a.place(rowBlock);
    a.mov(Memory.at(RSP, C_ROWS), R12);
    KernelFrame.argument(a, R10, B);
    KernelFrame.argument(a, R14, BLOCKS);
    a.place(block);
    block();
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
    a.tilerelease();
    KernelFrame.leave(a, STACK);
    return a;
  }

  /// One block of C: up to 32 x 32.
  private void block() {
    Label step = new Label();
    a.mov(R15, R13);
    a.shl(R15, 4);
    a.add(R15, R12); // C, 16 rows further down
    startSums();
    a.mov(RSI, R8);
    a.lea(RDX, Memory.at(R8, R9, 1));
    a.mov(RBX, R10);
    a.lea(RBP, Memory.at(R10, R11, 1));
    KernelFrame.argument(a, RCX, STEPS);
    a.place(step);
    step();
    a.sub(RCX, 1);
    a.jne(step);
    for (int m = 0; m < aPanels; m++) {
      for (int n = 0; n < bPanels; n++) {
        a.tilestored(m == 0 ? R12 : R15, R13, TILE_ROW_BYTES * n, sum(m, n));
      }
    }
    for (int n = 0; n < bPanels; n++) {
      a.add(R10, R11);
    }
    a.add(R12, TILE_ROW_BYTES * bPanels);
  }

  /// Palette 1, all eight tiles 16 rows of 64 bytes; uses the 64 bytes at rsp.
  static void configure(Assembler a) {
    a.vxorps(Vector.zmm(0), Vector.zmm(0), Vector.zmm(0));
    a.vmovups(Memory.at(RSP), Vector.zmm(0));
    a.mov(RAX, 1);
    a.mov32(Memory.at(RSP), RAX);
    a.mov(RAX, 0x0040004000400040L);
    a.mov(Memory.at(RSP, 16), RAX);
    a.mov(Memory.at(RSP, 24), RAX);
    a.mov(RAX, 0x1010101010101010L);
    a.mov(Memory.at(RSP, 48), RAX);
    a.ldtilecfg(Memory.at(RSP));
  }

  private static Tile sum(int m, int n) {
    return new Tile(2 * m + n);
  }

  private void startSums() {
    Label zero = new Label();
    Label done = new Label();
    KernelFrame.argument(a, RCX, ADD);
    a.test(RCX, RCX);
    a.je(zero);
    for (int m = 0; m < aPanels; m++) {
      for (int n = 0; n < bPanels; n++) {
        a.tileloadd(sum(m, n), m == 0 ? R12 : R15, R13, TILE_ROW_BYTES * n);
      }
    }
    a.jmp(done);
    a.place(zero);
    for (int m = 0; m < aPanels; m++) {
      for (int n = 0; n < bPanels; n++) {
        a.tilezero(sum(m, n));
      }
    }
    a.place(done);
  }

  private void step() {
    Tile a0 = new Tile(FIRST_A);
    Tile a1 = new Tile(FIRST_A + 1);
    Tile b0 = new Tile(FIRST_B);
    Tile b1 = new Tile(FIRST_B + 1);
    a.tileloadd(b0, RBX, RAX, 0);
    a.tileloadd(a0, RSI, RAX, 0);
    a.tdpbf16ps(sum(0, 0), a0, b0);
    if (aPanels == 2) {
      a.tileloadd(a1, RDX, RAX, 0);
      a.tdpbf16ps(sum(1, 0), a1, b0);
      a.add(RDX, TILE_BYTES);
    }
    if (bPanels == 2) {
      a.tileloadd(b1, RBP, RAX, 0);
      a.tdpbf16ps(sum(0, 1), a0, b1);
      if (aPanels == 2) {
        a.tdpbf16ps(sum(1, 1), a1, b1);
      }
      a.add(RBP, TILE_BYTES);
    }
    a.add(RSI, TILE_BYTES);
    a.add(RBX, TILE_BYTES);
  }
}
