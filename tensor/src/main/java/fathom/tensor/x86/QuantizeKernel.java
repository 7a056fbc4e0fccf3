package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.ymm;

/// Assembles the quantiser of activations: float32 to the records of an [ActivationLayout].
///
/// Arguments: source address, destination address, number of records.
///
/// A NaN or an infinity makes the scale of its block NaN; blocks whose largest number is below
/// 1e-30 become zeros.
final class QuantizeKernel {
  private static final float TINY = 1e-30f;
  private static final Vector ONES_8 = ymm(15), ONES_16 = ymm(14), MAX_Q = ymm(13);
  private static final Vector ORDER = ymm(12), OFFSET = ymm(11), ABS = ymm(10), TINIEST = ymm(9);

  private final Assembler a = new Assembler();
  private final ActivationLayout layout;

  QuantizeKernel(ActivationLayout layout) {
    this.layout = layout;
  }

  Assembler assemble() {
    KernelFrame.enter(a, 64);
    KernelFrame.argument(a, RSI, 0);
    KernelFrame.argument(a, R11, 1);
    KernelFrame.argument(a, R10, 2);
    KernelFrame.constant(a, ONES_8, 0x01010101);
    KernelFrame.constant(a, ONES_16, 0x00010001);
    KernelFrame.constant(a, MAX_Q, 127f);
    KernelFrame.constant(a, OFFSET, -layout.offset());
    KernelFrame.constant(a, ABS, 0x7fffffff);
    KernelFrame.constant(a, TINIEST, TINY);
    KernelFrame.table(a, ORDER, 0, KernelFrame.bytes(0, 4, 1, 5, 2, 6, 3, 7));
    Label top = new Label();
    Label end = new Label();
    a.test(R10, R10);
    a.je(end);
    a.place(top);
    for (int block = 0; block < layout.blocks(); block++) {
      block(block);
    }
    a.add(RSI, 4 * layout.numbers());
    a.add(R11, layout.recordBytes());
    a.sub(R10, 1);
    a.jne(top);
    a.place(end);
    KernelFrame.leave(a, 64);
    return a;
  }

  private void block(int block) {
    for (int i = 0; i < 4; i++) {
      a.vmovups(ymm(i), Memory.at(RSI, 128 * block + 32 * i));
    }
    scale(block);
    for (int i = 0; i < 4; i++) {
      a.vmulps(ymm(i), ymm(i), ymm(5));
      a.vcvtps2dq(ymm(i), ymm(i));
    }
    a.vpackssdw(ymm(0), ymm(0), ymm(1));
    a.vpackssdw(ymm(2), ymm(2), ymm(3));
    a.vpacksswb(ymm(0), ymm(0), ymm(2));
    a.vpermd(ymm(0), ORDER, ymm(0));
    a.vmovdqu(Memory.at(R11, layout.quants() + 32 * block), ymm(0));
    sums(block);
  }

  /// ymm4 = d, ymm5 = 1 / d in all lanes; stores d.
  private void scale(int block) {
    a.vandps(ymm(4), ymm(0), ABS);
    for (int i = 1; i < 4; i++) {
      a.vandps(ymm(5), ymm(i), ABS);
      a.vmaxps(ymm(4), ymm(4), ymm(5));
    }
    a.vextractf128(ymm(5).x(), ymm(4), 1);
    a.vmaxps(ymm(4).x(), ymm(4).x(), ymm(5).x());
    a.vmovhlps(ymm(5), ymm(4), ymm(4));
    a.vmaxps(ymm(4).x(), ymm(4).x(), ymm(5).x());
    a.vmovshdup(ymm(5).x(), ymm(4).x());
    a.vmaxps(ymm(4).x(), ymm(4).x(), ymm(5).x());
    a.vmaxps(ymm(4).x(), ymm(4).x(), TINIEST.x());
    a.vdivss(ymm(5), MAX_Q, ymm(4).x());
    a.vdivss(ymm(4), ymm(4), MAX_Q.x());
    a.vbroadcastss(ymm(5), ymm(5).x());
    spreadNotANumber();
    a.vmovss(Memory.at(R11, layout.scales() + 4 * block), ymm(4));
  }

  /// ymm4 += 0 * x over all x: nothing for finite numbers, NaN otherwise (the maximum of vmaxps
  /// loses NaN).
  private void spreadNotANumber() {
    a.vxorps(ymm(6), ymm(6), ymm(6));
    a.vmulps(ymm(7), ymm(0), ymm(6));
    for (int i = 1; i < 4; i++) {
      a.vfmadd231ps(ymm(7), ymm(i), ymm(6));
    }
    a.vextractf128(ymm(6).x(), ymm(7), 1);
    a.vaddps(ymm(7).x(), ymm(7).x(), ymm(6).x());
    a.vhaddps(ymm(7).x(), ymm(7).x(), ymm(7).x());
    a.vhaddps(ymm(7).x(), ymm(7).x(), ymm(7).x());
    a.vaddss(ymm(4), ymm(4), ymm(7).x());
  }

  /// Sums of the quants in ymm0: four at a time times the offset, and all 32 times the scale.
  private void sums(int block) {
    a.vpmaddubsw(ymm(1), ONES_8, ymm(0));
    a.vpmaddwd(ymm(1), ymm(1), ONES_16);
    a.vpmulld(ymm(2), ymm(1), OFFSET);
    starts(Memory.at(R11, layout.starts() + 4 * layout.parts() * block));
    a.vcvtdq2ps(ymm(1), ymm(1));
    a.vextractf128(ymm(2).x(), ymm(1), 1);
    a.vaddps(ymm(1).x(), ymm(1).x(), ymm(2).x());
    a.vhaddps(ymm(1).x(), ymm(1).x(), ymm(1).x());
    a.vhaddps(ymm(1).x(), ymm(1).x(), ymm(1).x());
    a.vmulss(ymm(1), ymm(1), ymm(4).x());
    a.mov(RAX, Float.floatToRawIntBits(1f / layout.share()));
    a.vmovd(ymm(2), RAX);
    a.vmulss(ymm(1), ymm(1), ymm(2).x());
    a.vmovss(Memory.at(R11, layout.sums() + 4 * block), ymm(1));
  }

  /// Stores the eight sums of ymm2, or those of its halves, or that of all.
  private void starts(Memory to) {
    if (layout.parts() == 8) {
      a.vmovdqu(to, ymm(2));
      return;
    }
    a.vpshufd(ymm(3), ymm(2), 0x4e);
    a.vpaddd(ymm(2), ymm(2), ymm(3));
    a.vpshufd(ymm(3), ymm(2), 0xb1);
    a.vpaddd(ymm(2), ymm(2), ymm(3));
    a.vextracti128(ymm(3).x(), ymm(2), 1);
    if (layout.parts() == 2) {
      a.vmovss(to, ymm(2));
      a.vmovss(to.plus(4), ymm(3));
      return;
    }
    a.vpaddd(ymm(2).x(), ymm(2).x(), ymm(3).x());
    a.vmovss(to, ymm(2));
  }
}
