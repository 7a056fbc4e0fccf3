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
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.zmm;

/// Assembles the elementwise middle of attention's backward for 32 queries side by side: from
/// scores s and products dp of values with output gradients, both `[positions, 32 of n queries]`,
/// come the weights `p = 2^((scale s - logSumExp) log2 e)` and the gradients of the scores `ds = p
/// (dp - d) scale`, as BF16. AVX-512.
///
/// ```
/// position i      p0 … p31   ─► tile of A [positions, queries], row i % 16      (p and ds)
/// positions 2i,   ds0 … ds15 ─► tile of B [positions, 16 queries], row i         (ds)
///           2i+1  ds0 … ds15
/// ```
///
/// Arguments: scores, products, bytes of a row of both, panels of 16 positions, how many positions
/// each query sees (32 ints), logSumExp log2 e, d (32 floats each), scale (float bits), tiles of A
/// for p, tiles of A for ds, bytes of a panel of A, tiles of B for ds, bytes of a panel of B.
final class AttentionGradientKernel {
  static final int SCORES = 0, PRODUCTS = 1, ROW_BYTES = 2, PANELS = 3, SEEN = 4, LOG_SUMS = 5;
  static final int D = 6, SCALE = 7, WEIGHTS = 8, GRADIENTS = 9, A_PANEL = 10, PAIRS = 11;
  static final int B_PANEL = 12, ARGUMENTS = 13;

  private static final Mask SEES = new Mask(1);
  private static final Vector FACTOR = zmm(16), POSITION = zmm(17), ORDER = zmm(18);
  private static final Vector FACTOR_2 = zmm(19);

  private final Assembler a = new Assembler();
  private final Exponential exponential = new Exponential(a, 23);

  Assembler assemble() {
    KernelFrame.enter(a, 128);
    KernelFrame.argument(a, R8, SCORES);
    KernelFrame.argument(a, R9, ROW_BYTES);
    KernelFrame.argument(a, R10, PRODUCTS);
    KernelFrame.argument(a, R11, PANELS);
    KernelFrame.argument(a, R12, WEIGHTS);
    KernelFrame.argument(a, R13, GRADIENTS);
    KernelFrame.argument(a, R14, PAIRS);
    KernelFrame.argument(a, R15, B_PANEL);
    KernelFrame.argument(a, RAX, SCALE);
    a.vmovd(FACTOR, RAX);
    a.vbroadcastss(FACTOR, FACTOR.x());
    KernelFrame.constant(a, zmm(0), Exponential.LOG2_E);
    a.vmulps(FACTOR_2, FACTOR, zmm(0));
    KernelFrame.constant(a, zmm(0), 1);
    a.vmovdqu(Memory.at(RSP, 64), zmm(0));
    exponential.constants();
    KernelFrame.table(a, ORDER, 0, KernelFrame.bytes(InterleaveKernel.order()));
    a.vpxor(POSITION, POSITION, POSITION);
    Label panel = new Label();
    a.place(panel);
    for (int row = 0; row < 16; row += 2) {
      position(row, 8);
      position(row + 1, 12);
      pairs(row);
    }
    KernelFrame.argument(a, RCX, A_PANEL);
    a.add(R12, RCX);
    a.add(R13, RCX);
    a.add(R14, 8 * TileKernel.TILE_ROW_BYTES);
    a.sub(R11, 1);
    a.jne(panel);
    KernelFrame.leave(a, 128);
    return a;
  }

  /// One position: rows of both tiles of A; ds of the 32 queries stays in two registers from `keep`
  /// on.
  private void position(int row, int keep) {
    for (int half = 0; half < 2; half++) {
      int lanes = TileKernel.TILE_ROW_BYTES * half;
      KernelFrame.argument(a, RDX, SEEN);
      a.vmovdqu(zmm(0), Memory.at(RDX, lanes));
      a.vpcmpgtd(SEES, zmm(0), POSITION);
      a.vmulps(zmm(0), FACTOR_2, Memory.at(R8, lanes));
      KernelFrame.argument(a, RDX, LOG_SUMS);
      a.vsubps(zmm(0), zmm(0), Memory.at(RDX, lanes));
      exponential.powerOfTwo(zmm(0), zmm(1));
      a.vmovups(zmm(4 + half).zeroed(SEES), zmm(0));
      KernelFrame.argument(a, RDX, D);
      a.vmovups(zmm(1), Memory.at(R10, lanes));
      a.vsubps(zmm(1), zmm(1), Memory.at(RDX, lanes));
      a.vmulps(zmm(1), zmm(1), FACTOR);
      a.vmulps(zmm(keep + half).zeroed(SEES), zmm(1), zmm(4 + half));
    }
    a.vcvtne2ps2bf16(zmm(4), zmm(5), zmm(4));
    a.vmovups(Memory.at(R12, TileKernel.TILE_ROW_BYTES * row), zmm(4));
    a.vcvtne2ps2bf16(zmm(4), zmm(keep + 1), zmm(keep));
    a.vmovups(Memory.at(R13, TileKernel.TILE_ROW_BYTES * row), zmm(4));
    a.vpaddd(POSITION, POSITION, Memory.at(RSP, 64));
    a.add(R8, R9);
    a.add(R10, R9);
  }

  /// Two positions: a row of the tiles of B of both panels of queries.
  private void pairs(int row) {
    int offset = TileKernel.TILE_ROW_BYTES / 2 * row;
    for (int half = 0; half < 2; half++) {
      a.vcvtne2ps2bf16(zmm(4), zmm(12 + half), zmm(8 + half));
      a.vpermw(zmm(4), ORDER, zmm(4));
      a.vmovups(half == 0 ? Memory.at(R14, offset) : Memory.at(R14, R15, 1, offset), zmm(4));
    }
  }
}
