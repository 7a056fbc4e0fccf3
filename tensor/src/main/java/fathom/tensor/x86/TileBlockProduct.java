package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
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
import static fathom.tensor.x86.TileKernel.TILE_BYTES;
import static fathom.tensor.x86.TileKernel.TILE_ROW_BYTES;

/// A block of C in up to four AMX tiles, each added to by `tdpbf16ps`.
final class TileBlockProduct implements BlockProduct {
  private static final int FIRST_A = 4, FIRST_B = 6;

  private final Assembler a;
  private final int aPanels;
  private final int bPanels;

  TileBlockProduct(Assembler a, int aPanels, int bPanels) {
    this.a = a;
    this.aPanels = aPanels;
    this.bPanels = bPanels;
  }

  @Override
  public void begin() {
    configure(a);
    a.mov(RAX, TILE_ROW_BYTES);
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

  @Override
  public void end() {
    a.tilerelease();
  }

  @Override
  public void block() {
    Label step = new Label();
    a.mov(R15, R13);
    a.shl(R15, 4);
    a.add(R15, R12); // C, 16 rows further down
    startSums();
    a.mov(RSI, R8);
    a.lea(RDX, Memory.at(R8, R9, 1));
    a.mov(RBX, R10);
    a.lea(RBP, Memory.at(R10, R11, 1));
    KernelFrame.argument(a, RCX, TileKernel.STEPS);
    a.place(step);
    step();
    a.sub(RCX, 1);
    a.jne(step);
    for (int m = 0; m < aPanels; m++) {
      for (int n = 0; n < bPanels; n++) {
        a.tilestored(m == 0 ? R12 : R15, R13, TILE_ROW_BYTES * n, sum(m, n));
      }
    }
  }

  private static Tile sum(int m, int n) {
    return new Tile(2 * m + n);
  }

  private void startSums() {
    Label zero = new Label();
    Label done = new Label();
    KernelFrame.argument(a, RCX, TileKernel.ADD);
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
