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
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

import java.util.List;

/// Assembles `y = silu(gate) · up = gate / (1 + 2^(-gate log2 e)) · up`, row by row, between the
/// two products of a gated feed-forward layer. AVX-512.
///
/// Arguments: gate, bytes of a row of gate, up, bytes of a row of up, y, bytes of a row of y, rows,
/// whole vectors of a row, lanes of the last vector as a mask (0: there is none). y may be gate or
/// up.
final class SiluMulKernel {
  static final int GATE = 0, GATE_BYTES = 1, UP = 2, UP_BYTES = 3, Y = 4, Y_BYTES = 5;
  static final int ROWS = 6, STEPS = 7, LAST = 8;

  private static final Mask LANES = new Mask(1);
  private static final KernelFrame.Rest REST = new KernelFrame.Rest(R15, LANES);
  private static final Vector VALUE = zmm(0), POWER = zmm(1);
  private static final Vector SCALE = zmm(16), ONE = zmm(17), HIGHEST = zmm(18);

  private final Assembler a = new Assembler();
  private final Exponential exponential = new Exponential(a, 19);

  Assembler assemble() {
    KernelFrame.enter(a, 0);
    KernelFrame.argument(a, R8, GATE);
    KernelFrame.argument(a, R9, UP);
    KernelFrame.argument(a, R10, Y);
    KernelFrame.argument(a, R11, GATE_BYTES);
    KernelFrame.argument(a, R12, UP_BYTES);
    KernelFrame.argument(a, R13, Y_BYTES);
    KernelFrame.argument(a, R14, ROWS);
    KernelFrame.argument(a, R15, LAST);
    a.kmovd(LANES, R15);
    KernelFrame.constant(a, SCALE, -Exponential.LOG2_E);
    KernelFrame.constant(a, ONE, 1f);
    KernelFrame.constant(a, HIGHEST, Exponential.HIGHEST);
    exponential.constants();
    Label row = new Label();
    a.place(row);
    a.mov(RSI, R8);
    a.mov(RDX, R9);
    a.mov(RAX, R10);
    KernelFrame.argument(a, RBX, STEPS);
    KernelFrame.alongRow(a, RBX, REST, List.of(RSI, RDX, RAX), this::vector);
    a.add(R8, R11);
    a.add(R9, R12);
    a.add(R10, R13);
    a.sub(R14, 1);
    a.jne(row);
    KernelFrame.leave(a, 0);
    return a;
  }

  private void vector(Mask lanes) {
    a.vmovups(VALUE.zeroed(lanes), Memory.at(RSI));
    a.vmulps(POWER, VALUE, SCALE);
    a.vminps(POWER, HIGHEST, POWER); // 1 + infinity would divide well, but its n does not subtract
    exponential.powerOfTwo(POWER, zmm(2));
    a.vaddps(POWER, POWER, ONE);
    a.vdivps(VALUE, VALUE, POWER);
    a.vmovups(zmm(2).zeroed(lanes), Memory.at(RDX));
    a.vmulps(VALUE, VALUE, zmm(2));
    a.vmovups(Memory.at(RAX).masked(lanes), VALUE);
  }
}
