package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.TileKernel.TILE_BYTES;
import static fathom.tensor.x86.TileKernel.TILE_ROW_BYTES;

/// A block of C by `vdpbf16ps`, for AVX-512 without AMX, from the same packed panels: 16 vectors of
/// sums at a time, that is 8 rows with two panels of columns or 16 rows with one. A pair of A is
/// repeated over a vector and multiplied with a row of pairs of B.
final class PairBlockProduct implements BlockProduct {
  private static final int SUMS = 16, PAIRS = 16, ROWS = 16;
  private static final Vector LEFT = Vector.zmm(16), RIGHT = Vector.zmm(17);
  private static final int FIRST_REPEATED = 18, REPEATED = 8;

  private final Assembler a;
  private final int aPanels;
  private final int bPanels;
  private final int rows;

  PairBlockProduct(Assembler a, int aPanels, int bPanels) {
    this.a = a;
    this.aPanels = aPanels;
    this.bPanels = bPanels;
    rows = SUMS / bPanels;
  }

  @Override
  public void begin() {}

  @Override
  public void end() {}

  @Override
  public void block() {
    a.mov(R15, R12);
    for (int m = 0; m < aPanels; m++) {
      for (int row = 0; row < ROWS; row += rows) {
        a.lea(RSI, Memory.at(R8, row * TILE_ROW_BYTES));
        if (m == 1) {
          a.add(RSI, R9);
        }
        rows();
      }
    }
  }

  /// Rows of A from rsi on, into rows of C from r15 on, which moves on.
  private void rows() {
    Label step = new Label();
    startSums();
    a.mov(RBX, R10);
    a.lea(RBP, Memory.at(R10, R11, 1));
    KernelFrame.argument(a, RCX, TileKernel.STEPS);
    a.place(step);
    for (int pair = 0; pair < PAIRS; pair++) {
      pair(pair);
    }
    a.add(RSI, TILE_BYTES);
    a.add(RBX, TILE_BYTES);
    if (bPanels == 2) {
      a.add(RBP, TILE_BYTES);
    }
    a.sub(RCX, 1);
    a.jne(step);
    for (int row = 0; row < rows; row++) {
      for (int n = 0; n < bPanels; n++) {
        a.vmovups(Memory.at(R15, TILE_ROW_BYTES * n), sum(row, n));
      }
      a.add(R15, R13);
    }
  }

  private Vector sum(int row, int n) {
    return Vector.zmm(row * bPanels + n);
  }

  private void startSums() {
    Label zero = new Label();
    Label done = new Label();
    KernelFrame.argument(a, RCX, TileKernel.ADD);
    a.test(RCX, RCX);
    a.je(zero);
    a.mov(RDX, R15);
    for (int row = 0; row < rows; row++) {
      for (int n = 0; n < bPanels; n++) {
        a.vmovups(sum(row, n), Memory.at(RDX, TILE_ROW_BYTES * n));
      }
      a.add(RDX, R13);
    }
    a.jmp(done);
    a.place(zero);
    for (int i = 0; i < SUMS; i++) {
      a.vpxor(Vector.zmm(i), Vector.zmm(i), Vector.zmm(i));
    }
    a.place(done);
  }

  /// One pair of the contraction.
  private void pair(int pair) {
    a.vmovups(LEFT, Memory.at(RBX, TILE_ROW_BYTES * pair));
    if (bPanels == 2) {
      a.vmovups(RIGHT, Memory.at(RBP, TILE_ROW_BYTES * pair));
    }
    for (int row = 0; row < rows; row++) {
      Memory one = Memory.at(RSI, TILE_ROW_BYTES * row + 4 * pair);
      if (bPanels == 1) {
        a.vdpbf16ps(sum(row, 0), LEFT, one.repeated());
        continue;
      }
      Vector repeated = Vector.zmm(FIRST_REPEATED + row % REPEATED);
      a.vpbroadcastd(repeated, one);
      a.vdpbf16ps(sum(row, 0), LEFT, repeated);
      a.vdpbf16ps(sum(row, 1), RIGHT, repeated);
    }
  }
}
