package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

/// Assembles the transposition of squares of 16 x 16 values of 32 bits, also in place: rows of
/// float32 sums become columns, and tiles of A become tiles of B (their pairs of BF16 stay
/// together). AVX-512.
///
/// Arguments: source, bytes of a source row, destination, bytes of a destination row, squares,
/// bytes from one source square to the next, bytes from one destination square to the next.
final class TransposeKernel {
  static final int SOURCE = 0, SOURCE_ROW = 1, TARGET = 2, TARGET_ROW = 3, SQUARES = 4;
  static final int SOURCE_STEP = 5, TARGET_STEP = 6, ARGUMENTS = 7;

  private TransposeKernel() {}

  static Assembler assemble() {
    Assembler a = new Assembler();
    KernelFrame.enter(a, 0);
    KernelFrame.argument(a, R8, SOURCE);
    KernelFrame.argument(a, R9, SOURCE_ROW);
    KernelFrame.argument(a, R10, TARGET);
    KernelFrame.argument(a, R11, TARGET_ROW);
    KernelFrame.argument(a, R12, SQUARES);
    KernelFrame.argument(a, R13, SOURCE_STEP);
    KernelFrame.argument(a, R14, TARGET_STEP);
    Label square = new Label();
    a.place(square);
    a.mov(RSI, R8);
    for (int row = 0; row < 16; row++) {
      a.vmovups(zmm(row), Memory.at(RSI));
      a.add(RSI, R9);
    }
    transpose(a);
    a.mov(RSI, R10);
    for (int row = 0; row < 16; row++) {
      a.vmovups(Memory.at(RSI), zmm(row));
      a.add(RSI, R11);
    }
    a.add(R8, R13);
    a.add(R10, R14);
    a.sub(R12, 1);
    a.jne(square);
    KernelFrame.leave(a, 0);
    return a;
  }

  /// zmm0 … zmm15, in place; zmm16 … zmm31 are overwritten. Pairs of rows, then fours, then the
  /// 128-bit parts of all sixteen.
  static void transpose(Assembler a) {
    for (int i = 0; i < 16; i += 2) {
      a.vpunpckldq(zmm(16 + i), zmm(i), zmm(i + 1));
      a.vpunpckhdq(zmm(17 + i), zmm(i), zmm(i + 1));
    }
    for (int i = 0; i < 16; i += 4) {
      a.vpunpcklqdq(zmm(i), zmm(16 + i), zmm(18 + i));
      a.vpunpckhqdq(zmm(i + 1), zmm(16 + i), zmm(18 + i));
      a.vpunpcklqdq(zmm(i + 2), zmm(17 + i), zmm(19 + i));
      a.vpunpckhqdq(zmm(i + 3), zmm(17 + i), zmm(19 + i));
    }
    for (int e = 0; e < 4; e++) {
      a.vshufi32x4(zmm(16 + e), zmm(e), zmm(4 + e), 0x88);
      a.vshufi32x4(zmm(20 + e), zmm(e), zmm(4 + e), 0xdd);
      a.vshufi32x4(zmm(24 + e), zmm(8 + e), zmm(12 + e), 0x88);
      a.vshufi32x4(zmm(28 + e), zmm(8 + e), zmm(12 + e), 0xdd);
    }
    for (int e = 0; e < 4; e++) {
      a.vshufi32x4(zmm(e), zmm(16 + e), zmm(24 + e), 0x88);
      a.vshufi32x4(zmm(8 + e), zmm(16 + e), zmm(24 + e), 0xdd);
      a.vshufi32x4(zmm(4 + e), zmm(20 + e), zmm(28 + e), 0x88);
      a.vshufi32x4(zmm(12 + e), zmm(20 + e), zmm(28 + e), 0xdd);
    }
  }
}
