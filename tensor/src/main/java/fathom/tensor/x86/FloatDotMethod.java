package fathom.tensor.x86;

import fathom.tensor.DType;
import fathom.tensor.Fp8Blocks;
import fathom.tensor.WeightMatrix;

/// Products of plain formats in float32 arithmetic, read as they lie. A token's result does not
/// depend on the other tokens.
final class FloatDotMethod implements ProductMethod {
  private static final int BAND_BYTES = 64 << 10;
  private static final int MOST_PREFETCH = 4096;

  private final KernelSet kernels;

  FloatDotMethod(KernelSet kernels) {
    this.kernels = kernels;
  }

  /// AVX2 has no masked loads of 16-bit numbers, so rows must be whole vectors there.
  static boolean serves(Tier tier, DType format, int columns) {
    return PackKernel.packs(format)
        && columns > 0
        && (tier.atLeast(Tier.AVX512) || columns % FloatDotKernel.lanes(tier) == 0);
  }

  @Override
  public long packedBytes(Product p) {
    return 0;
  }

  @Override
  public int packParts(Product p) {
    return 0;
  }

  @Override
  public void pack(Product p, int part, Scratch scratch) {
    throw new IllegalStateException("float dot: nothing to pack");
  }

  private static int bandRows(WeightMatrix w) {
    long rows = BAND_BYTES / w.rowBytes() / 4 * 4;
    return Math.clamp(rows, 4, Fp8Blocks.SIZE);
  }

  @Override
  public int parts(Product p) {
    return ProductMethod.ceilDiv(p.weight().rows(), bandRows(p.weight()));
  }

  @Override
  public void multiply(Product p, int part, Scratch scratch) {
    WeightMatrix w = p.weight();
    int first = part * bandRows(w);
    int end = Math.min(first + bandRows(w), w.rows());
    Fp8Blocks scales = w.scales();
    if (scales == null) {
      band(p, first, end, scratch, unscaled(w, scratch));
      return;
    }
    while (first < end) {
      int blockRow = (scales.firstRow() + first) / Fp8Blocks.SIZE;
      int blockEnd = (blockRow + 1) * Fp8Blocks.SIZE - scales.firstRow();
      int stop = Math.min(end, blockEnd);
      band(p, first, stop, scratch, scales.scaleInv().rowAddress(blockRow));
      first = stop;
    }
  }

  /// Ones in the place of scales that an FP8 weight does not have.
  private static long unscaled(WeightMatrix w, Scratch scratch) {
    if (w.type() != DType.F8_E4M3) {
      return 0;
    }
    int blocks = ProductMethod.ceilDiv(w.columns(), Fp8Blocks.SIZE);
    return scratch.ones(blocks);
  }

  private void band(Product p, int first, int end, Scratch scratch, long scales) {
    WeightMatrix w = p.weight();
    int lanes = FloatDotKernel.lanes(kernels.tier());
    scratch.set(FloatDotKernel.ROW_BYTES, w.rowBytes());
    scratch.set(FloatDotKernel.STEPS, w.columns() / lanes);
    scratch.set(FloatDotKernel.LAST, (1L << w.columns() % lanes) - 1);
    scratch.set(FloatDotKernel.X_BYTES, p.xRowBytes());
    scratch.set(FloatDotKernel.OUT_BYTES, p.yRowBytes());
    scratch.set(FloatDotKernel.PREFETCH, Math.min(4 * w.rowBytes(), MOST_PREFETCH));
    scratch.set(FloatDotKernel.SCALES, scales);
    for (int token = 0; token < p.tokens(); ) {
      int tokens = tokens(p.tokens() - token);
      scratch.set(FloatDotKernel.X, p.x(token));
      int rows = 4;
      int whole = first + (end - first) / rows * rows;
      rows(p, token, first, (whole - first) / rows, scratch, code(p, rows, tokens));
      rows(p, token, whole, end - whole, scratch, code(p, 1, tokens));
      token += tokens;
    }
  }

  @Override
  public InstructionPeaks.Kind instructions() {
    return kernels.tier().atLeast(Tier.AVX512)
        ? InstructionPeaks.Kind.FMA_512
        : InstructionPeaks.Kind.FMA_256;
  }

  private int tokens(int left) {
    int most = kernels.tier().atLeast(Tier.AVX512) ? 4 : 2;
    return left >= most ? most : left >= 2 ? 2 : 1;
  }

  private MachineCode code(Product p, int rows, int tokens) {
    return kernels.floatDot(p.weight().type(), rows, tokens);
  }

  private static void rows(
      Product p, int token, int first, int groups, Scratch scratch, MachineCode code) {
    if (groups > 0) {
      scratch.set(FloatDotKernel.WEIGHTS, p.weight().rowAddress(first));
      scratch.set(FloatDotKernel.GROUPS, groups);
      scratch.set(FloatDotKernel.OUT, p.y(token) + 4L * first);
      scratch.call(code);
    }
  }
}
