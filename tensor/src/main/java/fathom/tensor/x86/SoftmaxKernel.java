package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R10;
import static fathom.tensor.x86.Register.R11;
import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Vector.zmm;

/// Assembles the softmax of one chunk of scores, without its denominator, for 16 queries side by
/// side: scores `[positions, 16 of n queries]` to weights `2^(scale s - max)` as BF16 pairs of
/// positions, and the maximum of `scale s` and the sum of weights of each query. AVX-512.
///
/// ```
/// position 2p      s0 s1 … s15      max over all positions seen, then exp
/// position 2p + 1  t0 t1 … t15  ─►  tile, row p:  s0 t0 s1 t1 … s15 t15
/// ```
///
/// Arguments: scores, bytes of a row of scores, pairs of positions, how many positions each query
/// sees (16 ints), scale (float bits), weights (tiles), maxima and sums (16 floats each). What a
/// query does not see gets weight zero.
final class SoftmaxKernel {
  static final int SCORES = 0, ROW_BYTES = 1, PAIRS = 2, SEEN = 3, SCALE = 4, TILES = 5;
  static final int MAXIMA = 6, SUMS = 7, ARGUMENTS = 8;
  private static final Mask SEES = new Mask(1), SEES_NEXT = new Mask(2);
  private static final Vector SEEN_BY = zmm(16), POSITION = zmm(17), ONE = zmm(18);
  private static final Vector FACTOR = zmm(19), MAX = zmm(20), SUM = zmm(21), ORDER = zmm(22);
  private static final Vector NEGATIVE_MAX = zmm(30);

  private final Assembler a = new Assembler();
  private final Exponential exponential = new Exponential(a, 23);

  Assembler assemble() {
    KernelFrame.enter(a, 64);
    KernelFrame.argument(a, R8, SCORES);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R10, PAIRS);
    KernelFrame.argument(a, R11, TILES);
    KernelFrame.argument(a, R12, SEEN);
    a.vmovdqu(SEEN_BY, Memory.at(R12));
    KernelFrame.argument(a, RAX, SCALE);
    a.vmovd(FACTOR, RAX);
    a.vbroadcastss(FACTOR, FACTOR.x());
    KernelFrame.constant(a, ONE, 1);
    KernelFrame.constant(a, MAX, Float.NEGATIVE_INFINITY);
    a.vxorps(SUM, SUM, SUM);
    exponential.constants();
    KernelFrame.table(a, ORDER, 0, KernelFrame.bytes(InterleaveKernel.order()));
    maximum();
    a.vxorps(zmm(0), zmm(0), zmm(0));
    a.vsubps(NEGATIVE_MAX, zmm(0), MAX);
    weights();
    KernelFrame.argument(a, RAX, MAXIMA);
    a.vmovups(Memory.at(RAX), MAX);
    KernelFrame.argument(a, RAX, SUMS);
    a.vmovups(Memory.at(RAX), SUM);
    KernelFrame.leave(a, 64);
    return a;
  }

  private void maximum() {
    start();
    Label pair = new Label();
    a.place(pair);
    masks();
    for (int i = 0; i < 2; i++) {
      a.vmulps(zmm(i), FACTOR, i == 0 ? Memory.at(RSI) : Memory.at(RSI, R9, 1));
      a.vmaxps(MAX.masked(i == 0 ? SEES : SEES_NEXT), MAX, zmm(i));
    }
    next(pair);
  }

  private void start() {
    a.mov(RSI, R8);
    a.mov(RAX, R10);
    a.vpxor(POSITION, POSITION, POSITION);
  }

  /// Which queries see this position, and the next one.
  private void masks() {
    a.vpcmpgtd(SEES, SEEN_BY, POSITION);
    a.vpaddd(POSITION, POSITION, ONE);
    a.vpcmpgtd(SEES_NEXT, SEEN_BY, POSITION);
    a.vpaddd(POSITION, POSITION, ONE);
  }

  private void next(Label pair) {
    a.lea(RSI, Memory.at(RSI, R9, 2));
    a.sub(RAX, 1);
    a.jne(pair);
  }

  private void weights() {
    start();
    Label pair = new Label();
    a.place(pair);
    masks();
    for (int i = 0; i < 2; i++) {
      Vector x = zmm(i);
      a.vmovups(x, i == 0 ? Memory.at(RSI) : Memory.at(RSI, R9, 1));
      a.vfmadd213ps(x, FACTOR, NEGATIVE_MAX);
      exponential.powerOfTwo(x, zmm(2 + i));
      a.vmovups(x.zeroed(i == 0 ? SEES : SEES_NEXT), x);
      a.vaddps(SUM, SUM, x);
    }
    a.vcvtne2ps2bf16(zmm(0), zmm(1), zmm(0));
    a.vpermw(zmm(0), ORDER, zmm(0));
    a.vmovups(Memory.at(R11), zmm(0));
    a.add(R11, TileKernel.TILE_ROW_BYTES);
    next(pair);
  }
}
