package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R14;
import static fathom.tensor.x86.Register.R15;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

import java.util.List;

/// Assembles the joining of two parts of an attention, row by row: `y = a y + b x`, or `y = b x`,
/// with one a and b for each row. AVX-512.
///
/// Arguments: y, bytes of a row of y, x, bytes of a row of x, rows, whole vectors of a row, lanes
/// of the last vector as a mask (0: there is none), all a (0: none), all b.
final class CombineKernel {
  static final int Y = 0, Y_BYTES = 1, X = 2, X_BYTES = 3, ROWS = 4, STEPS = 5, LAST = 6;
  static final int A = 7, B = 8, ARGUMENTS = 9;

  private static final Mask LANES = new Mask(1);
  private static final KernelFrame.Rest REST = new KernelFrame.Rest(R13, LANES);
  private static final Vector FACTOR_A = zmm(1), FACTOR_B = zmm(2), VALUE = zmm(0);

  private final Assembler a = new Assembler();
  private final boolean add;

  /// @param add whether y counts
  CombineKernel(boolean add) {
    this.add = add;
  }

  Assembler assemble() {
    KernelFrame.enter(a, 0);
    KernelFrame.argument(a, R8, Y);
    KernelFrame.argument(a, R9, Y_BYTES);
    KernelFrame.argument(a, R10, X);
    KernelFrame.argument(a, R11, X_BYTES);
    KernelFrame.argument(a, R12, ROWS);
    KernelFrame.argument(a, R13, LAST);
    KernelFrame.argument(a, R14, A);
    KernelFrame.argument(a, R15, B);
    a.kmovd(LANES, R13);
    Label row = new Label();
    a.place(row);
    a.mov(RSI, R8);
    a.mov(RDX, R10);
    if (add) {
      a.vbroadcastss(FACTOR_A, Memory.at(R14));
    }
    a.vbroadcastss(FACTOR_B, Memory.at(R15));
    KernelFrame.argument(a, RBX, STEPS);
    KernelFrame.alongRow(a, RBX, REST, List.of(RSI, RDX), this::vector);
    a.add(R8, R9);
    a.add(R10, R11);
    a.add(R14, 4);
    a.add(R15, 4);
    a.sub(R12, 1);
    a.jne(row);
    KernelFrame.leave(a, 0);
    return a;
  }

  private void vector(Mask lanes) {
    a.vmovups(VALUE.zeroed(lanes), Memory.at(RDX));
    a.vmulps(VALUE, VALUE, FACTOR_B);
    if (add) {
      a.vmovups(zmm(3).zeroed(lanes), Memory.at(RSI));
      a.vfmadd231ps(VALUE, zmm(3), FACTOR_A);
    }
    a.vmovups(Memory.at(RSI).masked(lanes), VALUE);
  }
}
